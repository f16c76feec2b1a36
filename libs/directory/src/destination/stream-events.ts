/** What is told to one stream of security events only, and about nothing but the stream (OpenID Shared Signals Framework 1.0). */

export const STREAM_STATUSES = ['enabled', 'paused', 'disabled'] as const;
export type StreamStatus = (typeof STREAM_STATUSES)[number];

export type StreamEvent =
  /** §8.1.4: the receiver asked whether it hears us, with a state that it wants to hear again; undefined: we asked ourselves. */
  | { type: 'StreamVerificationRequested'; data: { streamId: string; state?: string } }
  /** §8.1.5: the transmitter, and not the receiver, has changed the stream. */
  | { type: 'StreamUpdated'; data: { streamId: string; status: StreamStatus; reason?: string } };
