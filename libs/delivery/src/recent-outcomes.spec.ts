import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  countOf,
  failuresIn,
  NO_OUTCOMES,
  OUTCOMES_KEPT,
  successesAtTheEnd,
  withOutcome,
} from './recent-outcomes.js';

const POSTGRES_INTEGER_AT_MOST = 2 ** 31 - 1;

const outcomes = fc.array(fc.boolean(), { maxLength: 3 * OUTCOMES_KEPT });
const windowOf = (failed: boolean[]): number => failed.reduce(withOutcome, NO_OUTCOMES);

describe('the last outcomes of a destination', () => {
  it('are, whatever comes, the newest ones and nothing else', () => {
    fc.assert(
      fc.property(outcomes, (failed) => {
        const kept = failed.slice(-OUTCOMES_KEPT);
        const window = windowOf(failed);
        expect(countOf(window)).toBe(kept.length);
        expect(failuresIn(window)).toBe(kept.filter(Boolean).length);
        expect(successesAtTheEnd(window)).toBe(kept.length - 1 - kept.lastIndexOf(true));
      }),
    );
  });

  it('fit into an integer of PostgreSQL', () => {
    fc.assert(
      fc.property(outcomes, (failed) => {
        const window = windowOf(failed);
        expect(Number.isInteger(window)).toBe(true);
        expect(window).toBeGreaterThanOrEqual(NO_OUTCOMES);
        expect(window).toBeLessThanOrEqual(POSTGRES_INTEGER_AT_MOST);
      }),
    );
  });
});
