/** What a replay tells, a page at a time: the same for the worker that sends it and for the hub that counts it. */
import { BEGINNINGS, recorded, toldAsItIs, type RecordedEvent } from '@app/directory';
import { findSuperseded } from '../superseded.js';
import { wanted, type Page, type Reader, type Receiver } from '../source.js';
import { lastWords } from './last-words.js';
import type { Replay } from './replays.js';
import { inTheLog, isSelected } from './selection.js';

export type ToRead = Pick<Replay, 'kind' | 'selection' | 'toPosition'>;

export interface Reading {
  reader: Reader;
  receiver: Receiver;
  replay: ToRead;
  /** Events looked at for one page. */
  limit: number;
}

/** @param after a position, exclusive. @returns what the destination may hear of the selection. */
export function readReplay(reading: Reading, after: number): Promise<Page> {
  if (reading.replay.kind === 'snapshot') return readSnapshot(reading, after);
  return readAgain(reading, after);
}

async function readAgain(reading: Reading, after: number): Promise<Page> {
  const { reader, receiver, replay } = reading;
  const { events, readTo, ended } = await selected(reading, after);
  const heard = await wanted(
    reader,
    receiver,
    events.filter((event) => isSelected(replay.selection, event)),
  );
  // Nobody who is back again is to be logged out because of a time when they were gone.
  const superseded = await findSuperseded(reader.database, receiver.sender.protocol, heard);
  return { events: heard.filter((event) => !superseded.has(event)), readTo, ended };
}

async function selected({ reader, receiver, replay, limit }: Reading, after: number): Promise<Page> {
  const { selection, toPosition } = replay;
  const { event_ids: ids } = selection;
  const { organizationId } = receiver.destination;
  if (ids) {
    const all = ids.flatMap((id) => reader.log.positionOf(id) ?? []);
    const positions = all.filter((position) => position > after && position <= toPosition);
    const events = (await reader.log.at(reader.database, positions)).map(recorded);
    return { events, readTo: toPosition, ended: true };
  }
  const entries = await reader.log.after(reader.database, {
    ...inTheLog(selection),
    after,
    upTo: toPosition,
    limit,
    ...(organizationId === null ? {} : { organizationId }),
  });
  return page(entries.map(recorded), { limit, toPosition });
}

async function readSnapshot({ reader, receiver, replay, limit }: Reading, after: number): Promise<Page> {
  const { toPosition } = replay;
  const { organizationId } = receiver.destination;
  const entries = await reader.log.after(reader.database, {
    after,
    upTo: toPosition,
    limit,
    types: [...BEGINNINGS],
    ...(organizationId === null ? {} : { organizationId }),
  });
  const { events, readTo, ended } = page(entries.map(recorded), { limit, toPosition });
  const told = await asOf(reader, events, toPosition);
  return { events: await wanted(reader, receiver, told, toPosition), readTo, ended };
}

/**
 * @param beginnings events with which something came to be.
 * @returns those whose thing exists at the position given, each telling how it is there.
 */
export async function asOf(
  reader: Reader,
  beginnings: readonly RecordedEvent[],
  at: number,
): Promise<RecordedEvent[]> {
  if (beginnings.length === 0) return [];
  const words = await lastWords(reader, beginnings, at);
  return beginnings.flatMap((beginning) => toldAsItIs(beginning, words) ?? []);
}

function page(events: RecordedEvent[], { limit, toPosition }: { limit: number; toPosition: number }): Page {
  const ended = events.length < limit;
  return { events, readTo: ended ? toPosition : events.at(-1)!.position, ended };
}
