/** What every protocol reads out of an answer in the same way. */
import { RETRY_AFTER_AT_MOST_IN_SECONDS } from './retry-policy.js';
import type { HttpAnswer, Refused } from './protocol.js';
import { meaningOf } from './status-table.js';

/** "Too many", and not when it will be fewer. */
const UNSAID_PAUSE_IN_SECONDS = 5;
const GONE = 410;
const TOO_MANY = 429;

export function isSuccess(answer: HttpAnswer): boolean {
  return meaningOf(answer.status).delivered;
}

/** A refusal, with the pause that the receiver asks for. 410: it wants nothing more. */
export function refused(answer: HttpAnswer, note?: string): Refused {
  const { status } = answer;
  return {
    kind: 'refused',
    status,
    ...pauseOf(answer),
    ...(status === GONE ? { gone: true } : {}),
    ...(note === undefined ? {} : { note }),
  };
}

function pauseOf(answer: HttpAnswer): Pick<Refused, 'retryAfterInSeconds' | 'eventPauseInSeconds'> {
  const said = retryAfterInSeconds(answer);
  switch (meaningOf(answer.status).retryAfter) {
    case 'ignored':
      return {};
    case 'event':
      return said === undefined ? {} : { eventPauseInSeconds: said };
    case 'destination': {
      const pause = said ?? (answer.status === TOO_MANY ? UNSAID_PAUSE_IN_SECONDS : undefined);
      return pause === undefined ? {} : { retryAfterInSeconds: pause };
    }
  }
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
