/** One exchange with the hub: a request that somebody waits for so long, and what a refusal says. */
import { RollcallError, RollcallUnreachable, type FieldError } from './errors.js';
import { retryAfterOf } from './retry.js';

export interface Asked {
  method: string;
  url: string;
  headers: Record<string, string>;
  /** A stream is sent as it comes. */
  body?: string | AsyncIterable<string>;
  /** The caller's own. */
  signal?: AbortSignal | undefined;
  /** So long the answer may take to come: all of it, or the next part of it. */
  seconds: number;
}

export type Fetch = typeof fetch;

/** An answer whose body has not been read. */
export interface Opened {
  response: Response;
  /** Its bytes as they come. Whoever stops reading closes the connection. */
  parts(): AsyncGenerator<Uint8Array, void, undefined>;
}

/** @returns the answer and its whole text. @throws RollcallUnreachable */
export async function exchange(asked: Asked, fetch: Fetch): Promise<{ response: Response; text: string }> {
  const late = AbortSignal.timeout(asked.seconds * 1_000);
  try {
    const response = await fetch(asked.url, requestOf(asked, late));
    return { response, text: await response.text() };
  } catch (cause) {
    throw failureOf(asked, late.aborted, cause);
  }
}

/** @returns the answer as soon as its head is there. @throws RollcallUnreachable; RollcallError when the hub refuses */
export async function opened(asked: Asked, fetch: Fetch): Promise<Opened> {
  const closing = new AbortController();
  const clock = new Clock(asked.seconds, closing);
  let response: Response;
  try {
    response = await clock.during(fetch(asked.url, requestOf(asked, closing.signal)));
    if (!response.ok) throw refusalOf(response, parsed(await clock.during(response.text())));
  } catch (cause) {
    throw cause instanceof RollcallError ? cause : failureOf(asked, clock.isLate, cause);
  }
  return { response, parts: () => partsOf(response, { asked, clock, closing }) };
}

async function* partsOf(
  response: Response,
  { asked, clock, closing }: { asked: Asked; clock: Clock; closing: AbortController },
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  try {
    while (reader) {
      const part = await clock.during(reader.read());
      if (part.done) return;
      yield part.value;
    }
  } catch (cause) {
    throw failureOf(asked, clock.isLate, cause);
  } finally {
    closing.abort();
  }
}

/** Gives up on what takes too long. */
class Clock {
  isLate = false;

  constructor(
    private readonly seconds: number,
    private readonly closing: AbortController,
  ) {}

  async during<T>(work: Promise<T>): Promise<T> {
    const timer = setTimeout(() => {
      this.isLate = true;
      this.closing.abort();
    }, this.seconds * 1_000);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }
}

function requestOf({ method, headers, body, signal }: Asked, ending: AbortSignal): RequestInit {
  return {
    method,
    headers,
    // To another place the key must not go along.
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, ending]) : ending,
    ...(body === undefined ? {} : typeof body === 'string' ? { body } : streamed(body)),
  };
}

/** `duplex` is what the standard wants of a body that is sent while the answer has not begun; types do not know it yet. */
function streamed(body: AsyncIterable<string>): RequestInit {
  const lines = body[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return?.();
    },
  });
  return { body: stream, duplex: 'half' } as RequestInit;
}

function failureOf({ signal, method, url, seconds }: Asked, isLate: boolean, cause: unknown): unknown {
  if (signal?.aborted) return signal.reason;
  const why = isLate ? `did not answer within ${seconds} seconds` : 'cannot be reached';
  return new RollcallUnreachable(`The hub ${why}: ${method} ${url.split('?')[0]}`, cause);
}

export function refusalOf(response: Response, body: unknown): RollcallError {
  const { status, headers } = response;
  const said = (typeof body === 'object' ? body : null) as {
    message?: string;
    code?: string;
    errors?: FieldError[];
  } | null;
  const unsaid = response.ok
    ? { code: 'not_json', message: 'The answer is no JSON: is this the address of a hub?' }
    : { code: `http_${status}`, message: `The hub answered with the status ${status}.` };
  const retryAfterInSeconds = retryAfterOf(headers.get('retry-after'), Date.now());
  return new RollcallError({
    status,
    code: said?.code ?? unsaid.code,
    message: said?.message ?? unsaid.message,
    requestId: headers.get('x-request-id'),
    ...(Array.isArray(said?.errors) ? { errors: said.errors } : {}),
    ...(retryAfterInSeconds === undefined ? {} : { retryAfterInSeconds }),
    body,
  });
}

export function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
