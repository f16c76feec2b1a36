/** What can go wrong between an application and the hub. */

/** A field of a request that the hub will not take, and why. */
export interface FieldError {
  field: string;
  code: string;
  message?: string;
}

export interface Refusal {
  status: number;
  code: string;
  message: string;
  /** `X-Request-ID`: by it the operator finds the request in the hub's log. */
  requestId: string | null;
  errors?: FieldError[];
  retryAfterInSeconds?: number;
  /** The whole body, as far as it was JSON. */
  body?: unknown;
}

/** The hub answered, and the answer is no. */
export class RollcallError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly errors: readonly FieldError[];
  readonly retryAfterInSeconds: number | undefined;
  readonly body: unknown;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = 'RollcallError';
    this.status = refusal.status;
    this.code = refusal.code;
    this.requestId = refusal.requestId;
    this.errors = refusal.errors ?? [];
    this.retryAfterInSeconds = refusal.retryAfterInSeconds;
    this.body = refusal.body;
  }
}

/** There was no answer: the hub could not be reached, or took too long. `cause` says which. */
export class RollcallUnreachable extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'RollcallUnreachable';
  }
}

/** A long answer ended before its last line: what came of it is a part, and worth nothing. Ask again. */
export class AnswerCutOff extends Error {
  constructor(what: string, cause?: unknown) {
    const message = `${what} was cut off before its last line. Throw away what came of it, and ask again.`;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AnswerCutOff';
  }
}
