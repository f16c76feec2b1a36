/** When a call is made again, and after how long. */
import { RollcallError, RollcallUnreachable } from './errors.js';
import { pause } from './pause.js';

export interface RetryOptions {
  /** How many times a call is made again; 3 unless told otherwise. */
  count: number;
  /** The longest wait before the first of them; each further one may be twice as long. */
  firstInMilliseconds: number;
  /** No wait is longer, and a `Retry-After` that asks for more is passed on as an error instead. */
  longestInSeconds: number;
}

export const DEFAULT_RETRY: RetryOptions = { count: 3, firstInMilliseconds: 250, longestInSeconds: 30 };

/** Does something until it succeeds, or another attempt is of no use. */
export async function repeated<T>(
  work: () => Promise<T>,
  how: { retry?: Partial<RetryOptions> | undefined; signal?: AbortSignal | undefined },
): Promise<T> {
  const { signal } = how;
  const retry = { ...DEFAULT_RETRY, ...how.retry };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw error;
      const wait = waitBeforeRetry(error, { attempt, dice: Math.random(), retry });
      if (wait === undefined) throw error;
      await pause(wait, signal);
      signal?.throwIfAborted();
    }
  }
}

const AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * How long to wait before the same call is made again. Every call may be: reads change nothing, changes and deletions say
 * how it shall be, and what is made carries an idempotency key.
 * @param attempt how many have failed, from 1.
 * @param dice from 0 to 1: clients that failed together must not come back together.
 * @returns milliseconds; undefined when another attempt would be of no use, or has to wait for too long.
 */
export function waitBeforeRetry(
  error: unknown,
  { attempt, dice, retry }: { attempt: number; dice: number; retry: RetryOptions },
): number | undefined {
  if (attempt > retry.count) return undefined;
  const longest = retry.longestInSeconds * 1_000;
  const backOff = dice * Math.min(longest, retry.firstInMilliseconds * 2 ** (attempt - 1));
  if (error instanceof RollcallUnreachable) return backOff;
  if (!(error instanceof RollcallError)) return undefined;
  const asked = (error.retryAfterInSeconds ?? 0) * 1_000;
  // A conflict that says when it will be over is another request with the same idempotency key that is under way.
  const passing = AGAIN.has(error.status) || (error.status === 409 && asked > 0);
  if (!passing || asked > longest) return undefined;
  return Math.max(asked, backOff);
}

/** RFC 9110 §10.2.3: seconds, or a date. @returns seconds from now; undefined when it says neither. */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1_000);
}
