/** What a replay tells, a page at a time: the same for the worker that sends it and for the hub that counts it. */
import { BEGINNINGS, recorded, toldAsItIs, type RecordedEvent } from '@app/directory';
import type { LogPage } from '@app/event-log';
import { firstThatFit } from '../holdings.js';
import { findSuperseded } from '../superseded.js';
import { bytesOf, wanted, type Page, type Reader, type Receiver, type Room } from '../source.js';
import { lastWords } from './last-words.js';
import type { Replay } from './replays.js';
import { inTheLog, isSelected } from './selection.js';

export type ToRead = Pick<Replay, 'kind' | 'selection' | 'toPosition'>;

export interface Reading {
  reader: Reader;
  receiver: Receiver;
  replay: ToRead;
  room: Room;
}

/** @param after a position, exclusive. @returns what the destination may hear of the selection. */
export function readReplay(reading: Reading, after: number): Promise<Page> {
  if (reading.replay.kind === 'snapshot') return readSnapshot(reading, after);
  return readAgain(reading, after);
}

async function readAgain(reading: Reading, after: number): Promise<Page> {
  const { reader, receiver, replay } = reading;
  const { events, ...page } = await selected(reading, after);
  const heard = await wanted(
    reader,
    receiver,
    events.filter((event) => isSelected(replay.selection, event)),
  );
  // Nobody who is back again is to be logged out because of a time when they were gone.
  const superseded = await findSuperseded(reader.database, receiver.sender.protocol, heard);
  return { events: heard.filter((event) => !superseded.has(event)), ...page };
}

async function selected({ reader, receiver, replay, room }: Reading, after: number): Promise<Page> {
  const { selection, toPosition } = replay;
  const { event_ids: ids } = selection;
  const { organizationId } = receiver.destination;
  if (ids) {
    const all = ids.flatMap((id) => reader.log.positionOf(id) ?? []);
    const positions = all.filter((position) => position > after && position <= toPosition);
    return atPositions(reader, positions, { room, toPosition });
  }
  const own = organizationId === null ? {} : { organizationId };
  const selected = { ...inTheLog(selection), after, upTo: toPosition, limit: room.limit, ...own };
  return pageOf(await reader.log.page(reader.database, selected, room.bytesAtMost), toPosition);
}

/** As many of them as there is room for. */
async function atPositions(
  { log, database }: Reader,
  positions: number[],
  { room, toPosition }: { room: Room; toPosition: number },
): Promise<Page> {
  const sizes = await log.bytesAt(database, positions);
  const fitting = firstThatFit(sizes, room.bytesAtMost);
  const events = (await log.at(database, [...fitting.keys()])).map(recorded);
  const ended = fitting.size === sizes.length;
  return { events, bytes: fitting, readTo: ended ? toPosition : events.at(-1)!.position, ended };
}

async function readSnapshot({ reader, receiver, replay, room }: Reading, after: number): Promise<Page> {
  const { toPosition } = replay;
  const { organizationId } = receiver.destination;
  const own = organizationId === null ? {} : { organizationId };
  const beginnings = { after, upTo: toPosition, limit: room.limit, types: [...BEGINNINGS], ...own };
  const read = await reader.log.page(reader.database, beginnings, room.bytesAtMost);
  const { events, ...page } = pageOf(read, toPosition);
  const told = await asOf(reader, events, toPosition);
  return { events: await wanted(reader, receiver, told, toPosition), ...page };
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

function pageOf(page: LogPage, toPosition: number): Page {
  const events = page.entries.map(recorded);
  const readTo = page.complete ? toPosition : events.at(-1)!.position;
  return { events, bytes: bytesOf(page), readTo, ended: page.complete };
}
