import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSuccess, refused } from './answer.js';
import { FAILURES_THAT_OPEN, SAMPLES_AT_LEAST, SHARE_THAT_OPENS, SUCCESSES_THAT_RECOVER } from './breaker.js';
import { BACKLOG_THRESHOLD } from './backlog.js';
import { OUTCOMES_KEPT } from './recent-outcomes.js';
import { RETRY_POLICIES } from './retry-policy.js';
import { meaningOf, STATUS_TABLE, statusTableInMarkdown } from './status-table.js';

const page = readFileSync('docs/delivery/retries.md', 'utf8');
const anyStatus = fc.integer({ min: 100, max: 999 });

describe('the table of statuses', () => {
  it('gives each status one meaning, and takes only 2xx for a delivery', () => {
    fc.assert(
      fc.property(anyStatus, (status) => {
        const { delivered, retried, countsToBreaker, blames } = meaningOf(status);
        expect(delivered).toBe(status >= 200 && status <= 299);
        expect(isSuccess({ status, headers: {}, excerpt: '', at: new Date(0) })).toBe(delivered);
        // Nothing is dropped: what was not taken is tried again, or the whole destination stops.
        expect(delivered || retried || status === 410).toBe(true);
        expect(countsToBreaker).toBe(!delivered);
        expect(blames === 'nobody').toBe(delivered);
      }),
    );
  });

  it('is what answers are read by', () => {
    fc.assert(
      fc.property(anyStatus, (status) => {
        const headers = { 'retry-after': '7' };
        const { retryAfterInSeconds, eventPauseInSeconds } = refused({
          status,
          headers,
          excerpt: '',
          at: new Date(0),
        });
        const { retryAfter } = meaningOf(status);
        expect(retryAfterInSeconds).toBe(retryAfter === 'destination' ? 7 : undefined);
        expect(eventPauseInSeconds).toBe(retryAfter === 'event' ? 7 : undefined);
      }),
    );
  });

  it('has no row that another one hides', () => {
    for (const row of STATUS_TABLE) {
      const statuses = Array.from({ length: row.to - row.from + 1 }, (_, index) => row.from + index);
      expect(statuses.map(meaningOf)).toContain(row);
    }
  });
});

describe('docs/delivery/retries.md', () => {
  it('has the table as it is in the code', () => {
    const plain = (text: string): string => text.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---');
    expect(plain(page)).toContain(plain(statusTableInMarkdown()));
  });

  it.each([
    ['the waits', /after failed attempt\s+\|.*1 \|.*2/],
    ['when the breaker opens', `${FAILURES_THAT_OPEN} in a row`],
    ['the window', `last ${OUTCOMES_KEPT}`],
    ['the share', `${SHARE_THAT_OPENS * 100} %`],
    ['the samples', `at least ${SAMPLES_AT_LEAST}`],
    ['when it has recovered', `${SUCCESSES_THAT_RECOVER} deliveries in a row`],
    ['the backlog', `${BACKLOG_THRESHOLD.events.toLocaleString('en')} events`],
    ['its age', `${BACKLOG_THRESHOLD.ageInSeconds / 60} minutes`],
  ])('says %s as the code has it', (_, words) => {
    expect(page).toMatch(words);
  });

  it('has the usual waits of both kinds of destination', () => {
    const words = (seconds: number): string =>
      seconds < 60 ? `${seconds} s` : seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`;
    const { soon, now } = RETRY_POLICIES;
    expect(page).toContain([...soon.delaysInSeconds, soon.thenEveryInSeconds].map(words).join(' | '));
    expect(page).toContain(
      `${now.delaysInSeconds.slice(0, 5).map(words).join(' | ')} | each minute for an hour | ${words(now.thenEveryInSeconds)}`,
    );
    expect([soon.giveUp.afterSeconds, now.giveUp.afterSeconds]).toEqual([5 * 86_400, 3 * 86_400]);
  });
});
