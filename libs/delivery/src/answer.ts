/** What every protocol reads out of an answer in the same way. */
import { RETRY_AFTER_AT_MOST_IN_SECONDS } from './retry-policy.js';
import type { HttpAnswer, Refused } from './protocol.js';

export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** A refusal, with the pause that the receiver asks for. 410: it wants nothing more. */
export function refused(answer: HttpAnswer, note?: string): Refused {
  const pause = retryAfterInSeconds(answer);
  // "Too many requests" and "unavailable" speak for the endpoint; any other answer speaks about this event.
  const name = answer.status === 429 || answer.status === 503 ? 'retryAfterInSeconds' : 'eventPauseInSeconds';
  return {
    kind: 'refused',
    status: answer.status,
    ...(pause === undefined ? {} : { [name]: pause }),
    ...(answer.status === 410 ? { gone: true } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

/** RFC 9110 §10.2.3: seconds, or a date. Undefined when there is none, or none that can be read. */
export function retryAfterInSeconds({ headers, at }: HttpAnswer): number | undefined {
  const value = headers['retry-after']?.trim();
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : secondsUntil(value, at);
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 0), RETRY_AFTER_AT_MOST_IN_SECONDS);
}

/** An HTTP date starts with the day of the week; `Date.parse` alone would find a date in "-5" too. */
function secondsUntil(date: string, at: Date): number {
  return /^[A-Z][a-z]{2}/.test(date) ? (Date.parse(date) - at.getTime()) / 1_000 : NaN;
}
