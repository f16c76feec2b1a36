/** Which events are about a person or a group, so that the attempts at them can be found by event. */
import type { Tx } from '@app/runtime';

/** A person has a few dozen. Of a group with more, the newest count. */
const EVENTS_AT_MOST = 2_000;

/** @returns the newest positions, and the time of the oldest of them. */
export async function eventsAbout(
  tx: Tx,
  subjectId: string,
): Promise<{ positions: number[]; oldestAt: Date | undefined }> {
  const rows = await tx.rows<{ position: number; occurred_at: Date }>(ABOUT, [subjectId, EVENTS_AT_MOST]);
  return { positions: rows.map(({ position }) => position), oldestAt: rows.at(-1)?.occurred_at };
}

// Two index scans from their ends, each of which stops early.
const ABOUT = `
  select position, occurred_at from (
    (select position, occurred_at from event where subjects[1] = $1 order by position desc limit $2)
    union
    (select position, occurred_at from event where subjects[2] = $1 and subjects[2] is not null
      order by position desc limit $2)
  ) as about
   order by position desc limit $2`;
