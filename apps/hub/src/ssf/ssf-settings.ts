/** What there is at which address, and the bounds of it: OpenID Shared Signals Framework 1.0 §7 and §8. */

/** The name of the protocol, as destinations have it. */
export const SHARED_SIGNALS = 'shared-signals';

export const PATHS = {
  stream: 'ssf/stream',
  status: 'ssf/status',
  addSubject: 'ssf/subjects/add',
  removeSubject: 'ssf/subjects/remove',
  verification: 'ssf/verification',
  poll: 'ssf/poll',
} as const;

/** A receiver has one for each of its environments; more are a loop that makes streams. */
export const STREAMS_AT_MOST = 10;
/** A verification is an event of the log; nobody needs to prove twice a minute that a stream works. */
export const MIN_VERIFICATION_INTERVAL_IN_SECONDS = 30;
