/**
 * Finishes what waits for a later attempt and has become pointless by what was just read: nobody waits behind it until it
 * would be tried again. Whoever is gone again must not wait until an application takes their return.
 */
import type { RecordedEvent } from '@app/directory';
import { writeOff } from './current-work.js';
import type { Ledger } from './ledger.js';
import { loadHeld } from './parked.js';
import type { Protocol } from './protocol.js';
import { parkedEvents } from './replay/parked-events.js';
import type { Reader, Receiver, Speaker } from './source.js';
import { isSupersededBy, laterWord } from './superseded.js';
import type { Holder, Item, Window } from './window.js';

/** @returns those of the holders, which the database knows, that may be pointless by one of the items. */
export async function heldAbout(
  reader: Reader,
  receiver: Receiver,
  { holders, items }: { holders: readonly Holder[]; items: readonly Item[] },
): Promise<Item[]> {
  if (holders.length === 0 || items.length === 0 || !maySupersede(receiver.sender.protocol)) return [];
  const people = [...new Set(items.map(({ event }) => event.subjects.at(-1)!))];
  const positions = holders.map(({ position }) => position);
  const rows = await loadHeld(reader.database, receiver.destination.id, { positions, people });
  const known = new Map(rows.map((row) => [row.position, row]));
  return (await parkedEvents(reader, receiver, rows)).map((event): Item => {
    const { subjects: keys, ...row } = known.get(event.position)!;
    // Its size does not matter: it is let go of before anything else is read.
    return { ...row, keys, event, bytes: 0, party: null, state: 'waiting', origin: 'parked', hasRow: true };
  });
}

export interface InHand {
  held: readonly Item[];
  /** Read just now, of the log. */
  items: readonly Item[];
  window: Window;
  ledger: Ledger;
}

/**
 * @returns the positions of those that hold nobody up any more: they are written down as superseded, or under way, so that
 * the items wait for the end of that attempt only.
 */
export function dropPointless(speaker: Speaker, { held, items, window, ledger }: InHand): Set<number> {
  const gone = new Set<number>();
  if (!maySupersede(speaker.protocol)) return gone;
  const unfinished = ledger.unfinished;
  // What has ended since the rows were read is only in the ledger.
  const waiting = [...held.filter(({ position }) => !ledger.knows(position)), ...unfinished];
  const later = [...waiting, ...items].map(({ event }) => event);
  for (const item of waiting) {
    const by = supersedes(speaker, item.event, later);
    if (!by) continue;
    gone.add(item.position);
    if (!window.holds(item.position)) writeOff(speaker, ledger, item, laterWord(by));
  }
  return gone;
}

/** @returns the first of the later events that leaves nothing to tell of this one. */
export function supersedes(
  { protocol, settings }: Speaker,
  event: RecordedEvent,
  later: readonly RecordedEvent[],
): RecordedEvent | undefined {
  const by = later.find((each) => isSupersededBy(protocol, event, each));
  return by && !protocol.stillTells?.(event, settings) ? by : undefined;
}

function maySupersede({ supersededBy, endsAccess }: Protocol): boolean {
  return supersededBy !== undefined || endsAccess === true;
}
