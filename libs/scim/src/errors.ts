// What a caller is told when a request cannot be understood or may not be done.

/** RFC 7644 §3.12, table 9, the `scimType` keywords; the last three are those of RFC 9865 §2.1. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount';

export const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** The caller is wrong. `detail` is one sentence for the caller; it never repeats a secret or a whole resource. */
export class ScimError extends Error {
  readonly status: number;
  readonly detail: string;
  readonly scimType: ScimType | undefined;

  constructor(status: number, detail: string, scimType?: ScimType) {
    super(detail);
    this.name = 'ScimError';
    this.status = status;
    this.detail = detail;
    this.scimType = scimType;
  }
}

export type ScimErrorBody = { schemas: string[]; status: string; scimType?: string; detail: string };

/** The body of an error answer, RFC 7644 §3.12: `status` is text there, and some clients insist on it. */
export function scimErrorBody(error: {
  status: number;
  detail: string;
  scimType?: string | undefined;
}): ScimErrorBody {
  const { status, detail, scimType } = error;
  return {
    schemas: [ERROR_URN],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail,
  };
}

const SHOWN_LENGTH = 100;

/** A piece of the caller's text, short enough to repeat in an error sentence. */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}
