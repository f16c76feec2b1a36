/** Why a request is not believed. */
export type Doubt =
  'no_signature' | 'malformed_signature' | 'too_old' | 'too_new' | 'no_match' | 'no_keys' | 'not_json';

/** The request is not from the hub, or not from now. Answer 401, and do nothing of what it says. */
export class WebhookNotVerified extends Error {
  constructor(
    readonly reason: Doubt,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WebhookNotVerified';
  }
}
