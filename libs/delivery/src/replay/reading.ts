/** What a replay tells, a page at a time: the same for the worker that sends it and for the hub that counts it. */
import { BEGINNINGS, recorded, toldAsItIs, type RecordedEvent } from '@app/directory';
import type { LogPage } from '@app/event-log';
import { whereToLook } from '../filter.js';
import { findSuperseded } from '../superseded.js';
import { sizesOf, wanted, type Page, type PageSize, type Reader, type Receiver } from '../source.js';
import { lastWords } from './last-words.js';
import type { Replay } from './replays.js';
import { inTheLog, isSelected } from './selection.js';

export type ToRead = Pick<Replay, 'kind' | 'selection' | 'toPosition'>;

export interface Reading {
  reader: Reader;
  receiver: Receiver;
  replay: ToRead;
  size: PageSize;
}

/** @param after a position, exclusive. @returns what the destination may hear of the selection. */
export function readReplay(reading: Reading, after: number): Promise<Page> {
  if (reading.replay.kind === 'snapshot') return readSnapshot(reading, after);
  return readAgain(reading, after);
}

async function readAgain(reading: Reading, after: number): Promise<Page> {
  const { reader, receiver, replay } = reading;
  const { events, bytes, readTo, ended } = await selected(reading, after);
  const heard = await wanted(
    reader,
    receiver,
    events.filter((event) => isSelected(replay.selection, event)),
  );
  // Nobody who is back again is to be logged out because of a time when they were gone.
  const superseded = await findSuperseded(reader.database, receiver, heard);
  const { protocol, settings } = receiver.sender;
  const told = heard.filter((event) => !superseded.has(event) || protocol.stillTells?.(event, settings));
  return { events: told, bytes, readTo, ended };
}

async function selected({ reader, receiver, replay, size }: Reading, after: number): Promise<Page> {
  const { selection, toPosition } = replay;
  const { event_ids: ids } = selection;
  const { organizationId } = receiver.destination;
  if (ids) {
    const all = ids.flatMap((id) => reader.log.positionOf(id) ?? []);
    const positions = all.filter((position) => position > after && position <= toPosition);
    const events = (await reader.log.at(reader.database, positions)).map(recorded);
    const sizes = await reader.log.bytesAt(reader.database, positions);
    const bytes = new Map(sizes.map(({ position, bytes }) => [position, bytes]));
    return { events, bytes, readTo: toPosition, ended: true };
  }
  const { limit, bytesAtMost } = size;
  const own = organizationId === null ? {} : { organizationId };
  const wish = { ...inTheLog(selection), after, upTo: toPosition, limit, ...own };
  return page(await reader.log.page(reader.database, wish, bytesAtMost), toPosition);
}

async function readSnapshot({ reader, receiver, replay, size }: Reading, after: number): Promise<Page> {
  const { toPosition, selection } = replay;
  const { limit, bytesAtMost } = size;
  const asked = inTheLog(selection);
  const wish = {
    ...asked,
    ...whereToLook(receiver.destination, asked),
    ...{ after, upTo: toPosition, limit, types: [...BEGINNINGS] },
  };
  const found = page(await reader.log.page(reader.database, wish, bytesAtMost), toPosition);
  // A type is asked of what is told: what came to be by coming back is told as created.
  const told = (await asOf(reader, found.events, toPosition)).filter((event) => isSelected(selection, event));
  return { ...found, events: await wanted(reader, receiver, told, toPosition) };
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

function page(read: LogPage, toPosition: number): Page {
  const { entries, complete: ended } = read;
  const readTo = ended ? toPosition : entries.at(-1)!.position;
  return { events: entries.map(recorded), bytes: sizesOf(read), readTo, ended };
}
