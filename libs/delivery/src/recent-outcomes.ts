/**
 * The last outcomes of a destination in one integer, so that they cost nothing to keep: a leading one, then a bit for
 * each, the newest last, 1 for a failure. 0b1_0_1_1 is a success and then two failures.
 */

/** More would not fit into PostgreSQL's `integer` with the leading one. */
export const OUTCOMES_KEPT = 30;

export const NO_OUTCOMES = 1;

const ALL_KEPT = 2 ** OUTCOMES_KEPT;

/** The window after one more outcome; the oldest one goes when it is full. */
export function withOutcome(window: number, failed: boolean): number {
  const longer = window * 2 + (failed ? 1 : 0);
  return longer < 2 * ALL_KEPT ? longer : ALL_KEPT + (longer % ALL_KEPT);
}

export function countOf(window: number): number {
  return 31 - Math.clz32(window);
}

export function failuresIn(window: number): number {
  let ones = 0;
  for (let rest = window; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones - 1; // the leading one
}

/** How many of the newest are successes in a row. */
export function successesAtTheEnd(window: number): number {
  let count = 0;
  for (let rest = window; rest % 2 === 0; rest /= 2) count += 1;
  return count;
}
