/** Why a SCIM request is not let in: RFC 6750 §3.1 and RFC 6585 §4, in SCIM's form. */
import { ScimError } from '@app/scim';

export class NotLetIn extends ScimError {
  /** The answer's `WWW-Authenticate`. */
  readonly challenge: string;

  /** @param isInvalid a token was sent, but is none or no longer one; else none was sent. */
  constructor(detail: string, { isInvalid }: { isInvalid: boolean }) {
    super(401, detail);
    // The words stand in the body; a header takes only ASCII without quotes.
    this.challenge = isInvalid ? 'Bearer realm="scim", error="invalid_token"' : 'Bearer realm="scim"';
  }
}

export class TooManyRequests extends ScimError {
  readonly retryAfterInSeconds: number;

  constructor(who: string, waitInSeconds: number) {
    const seconds = wholeSeconds(waitInSeconds);
    super(
      429,
      `${who} sends more requests than this service allows. Wait ${seconds} s and send the same request again; nothing was done.`,
    );
    this.retryAfterInSeconds = seconds;
  }
}

/** As `Retry-After` has it: whole seconds, and never "at once". */
export function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}
