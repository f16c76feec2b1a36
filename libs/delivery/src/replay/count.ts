/** Counts what a replay would send, by reading it as the worker would. */
import { publishedType, type RecordedEvent } from '@app/directory';
import { readReplay, type Reading } from './reading.js';

export interface Count {
  total: number;
  /** By the name under which consumers know it, or else the log does. */
  byType: Map<string, number>;
  byDirectory: Map<string, number>;
  first: RecordedEvent | null;
  last: RecordedEvent | null;
  /** False: time was up, and there are more. */
  complete: boolean;
}

const READ_AT_ONCE = { limit: 1_000, bytesAtMost: 32 * 1_024 * 1_024 };

/** @param after a position, exclusive. @param withinInMilliseconds looked at after each page. */
export async function countReplay(
  reading: Omit<Reading, 'size'>,
  { after, withinInMilliseconds }: { after: number; withinInMilliseconds: number },
): Promise<Count> {
  const until = performance.now() + withinInMilliseconds;
  const count: Count = {
    total: 0,
    byType: new Map(),
    byDirectory: new Map(),
    first: null,
    last: null,
    complete: false,
  };
  for (let position = after; position < reading.replay.toPosition;) {
    const { events, readTo, ended } = await readReplay({ ...reading, size: READ_AT_ONCE }, position);
    for (const event of events) add(count, event);
    if (ended) break;
    if (performance.now() >= until) return count;
    position = readTo;
  }
  return { ...count, complete: true };
}

function add(count: Count, event: RecordedEvent): void {
  count.total += 1;
  count.first ??= event;
  count.last = event;
  more(count.byType, publishedType(event) ?? event.type);
  more(count.byDirectory, event.directoryId);
}

function more(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
