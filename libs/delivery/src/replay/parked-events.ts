/** The events of parked deliveries, each as it was to be told. */
import { recorded, type RecordedEvent } from '@app/directory';
import { audienceOf } from '../filter.js';
import { withGroups } from '../groups-afterwards.js';
import type { ParkedRow } from '../parked.js';
import type { Reader, Receiver } from '../source.js';
import { asOf } from './reading.js';

/** @returns in order of position; what was parked by a snapshot is told as it was then, like the first time. */
export async function parkedEvents(
  reader: Reader,
  { destination, sender }: Receiver,
  rows: readonly ParkedRow[],
): Promise<RecordedEvent[]> {
  const positions = rows.map(({ position }) => position);
  const events = (await reader.log.at(reader.database, positions)).map(recorded);
  const places = new Map(rows.map((row) => [row.position, row.retelling?.snapshotAt ?? null]));
  const shownAt = (at: number | null): RecordedEvent[] =>
    events.filter(({ position }) => places.get(position) === at);
  const snapshots = new Set([...places.values()].filter((at) => at !== null));
  const shown = await Promise.all([...snapshots].map((at) => asOf(reader, shownAt(at), at)));
  const told = [...shownAt(null), ...shown.flat()].sort((one, other) => one.position - other.position);
  return sender.protocol.tellsGroups ? withGroups(reader.database, told, audienceOf(destination)) : told;
}
