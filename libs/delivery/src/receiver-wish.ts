/** What a receiver asks for itself, in the header `webhook-delivery` of any answer. The answer still counts for its event. */
import { RETRY_AFTER_AT_MOST_IN_SECONDS } from './retry-policy.js';
import type { HttpAnswer } from './protocol.js';

export type ReceiverWish =
  /** Send nothing more until a person enables the destination again. */
  | { kind: 'disable' }
  | { kind: 'pause' }
  /** Send nothing for so long. */
  | { kind: 'rest'; seconds: number };

const WISH = /^\s*(disable|pause)\s*(?:;\s*seconds\s*=\s*(\d{1,9})\s*)?$/i;

/** `disable`, `pause`, or `pause; seconds=600`. @returns undefined when there is none; what cannot be read changes nothing. */
export function receiverWish({ headers }: Pick<HttpAnswer, 'headers'>): ReceiverWish | undefined {
  const [, verb, seconds] = WISH.exec(headers['webhook-delivery'] ?? '') ?? [];
  if (verb?.toLowerCase() === 'pause') {
    if (seconds === undefined) return { kind: 'pause' };
    return { kind: 'rest', seconds: Math.min(Number(seconds), RETRY_AFTER_AT_MOST_IN_SECONDS) };
  }
  return verb && seconds === undefined ? { kind: 'disable' } : undefined;
}
