/** Where the events of a slice come from, and where it is kept how far it got. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import type { LogPage } from '@app/event-log';
import type { Destination } from '@app/tenancy';
import type { Sender } from './attempt.js';
import { changesOfAccess, forAudience } from './audience.js';
import { Chain } from './chain.js';
import type { Engine } from './engine.js';
import { audienceOf, concerns } from './filter.js';
import { withGroups } from './groups-afterwards.js';
import type { Standing } from './lease.js';
import type { Pace } from './replay/pace.js';
import type { Settlement } from './settle.js';

/** How much may be read at a time: events looked at, and their bytes; one event at least, however large it is. */
export interface PageSize {
  limit: number;
  bytesAtMost: number;
}

export interface Page {
  /** Those that the destination wants, in order of position. */
  events: RecordedEvent[];
  /** The size of each, as the log stores it, by its position. */
  bytes: ReadonlyMap<number, number>;
  /** Everything up to here was looked at. */
  readTo: number;
  /** There is nothing more for now. */
  ended: boolean;
}

/** What an event is a part of, when it is not told as it happens. */
export interface Retelling {
  replayId: string;
  /** The place in the log that its snapshot shows; null for what is told as it was. */
  snapshotAt: number | null;
}

export type Ending = 'sent' | 'failed' | 'skipped';

export interface Source {
  /** Everything up to here was dealt with before this slice. */
  readonly cursor: number;
  /** Names for each delivery the one before it. */
  readonly chain: Chain;
  /** Null: told as it happens. */
  readonly retelling: Retelling | null;
  /** Parked deliveries that are due are sent between its events. */
  readonly takesParked: boolean;
  /** How fast its events may be started; undefined: as fast as they can be. */
  readonly pace?: Pace | undefined;
  /** Somebody has stopped it meanwhile. */
  readonly stopped: boolean;
  read(after: number, size: PageSize): Promise<Page>;
  /** How a delivery ended, told before the settlement whose cursor may pass it. */
  ended(position: number, how: Ending): void;
  /** What is to be written down with a settlement, once for each. @param cursor the finished prefix. */
  progress(cursor: number): Pick<Settlement, 'cursor' | 'links' | 'besides'>;
}

/** What deciding about events needs of the engine: a hub that counts has no more. */
export type Reader = Pick<Engine, 'database' | 'log'>;

/** Who speaks to the destination, and how. */
export type Speaker = Pick<Sender, 'protocol' | 'settings'>;

export interface Receiver {
  destination: Destination;
  sender: Speaker;
}

/**
 * Those that concern the destination, that its protocol wants, and whose people are in its audience.
 * @param at the place in the log at which they must be in it; at the event's own without it.
 */
export async function wanted(
  { database }: { database: Tx },
  { destination, sender }: Receiver,
  events: readonly RecordedEvent[],
  at?: number,
): Promise<RecordedEvent[]> {
  const groupIds = audienceOf(destination);
  const wishes = { settings: sender.settings, eventTypes: destination.eventTypes, groupIds };
  const own = events.filter((event) => concerns(destination, event) && sender.protocol.wants(event, wishes));
  const heard = groupIds ? await forAudience(database, own, groupIds, at) : own;
  if (sender.protocol.tellsGroups) {
    const told = await withGroups(database, heard, groupIds);
    return told.filter((event) => !event.afterwards || sender.protocol.wants(event, wishes));
  }
  return groupIds && sender.protocol.endsAccess ? changesOfAccess(database, heard, groupIds) : heard;
}

/** The sizes of a page of the log, by position. */
export function sizesOf({ entries, bytes }: LogPage): Map<number, number> {
  return new Map(entries.map(({ position }, index) => [position, bytes[index] ?? 0]));
}

/** What follows a destination's cursor in the log. */
export class Live implements Source {
  readonly cursor: number;
  readonly chain: Chain;
  readonly retelling = null;
  readonly takesParked = true;
  readonly stopped = false;

  /** @param held a snapshot is being told first: the cursor stands, and only what is parked is sent. */
  constructor(
    private readonly engine: Reader,
    private readonly receiver: Receiver,
    private readonly standing: Pick<Standing, 'cursor' | 'workTo' | 'links'>,
    private readonly held = false,
  ) {
    this.cursor = standing.cursor;
    this.chain = new Chain(receiver.destination.id, { known: standing.links });
  }

  async read(after: number, { limit, bytesAtMost }: PageSize): Promise<Page> {
    if (this.held) return { events: [], bytes: new Map(), readTo: after, ended: true };
    const { engine, receiver } = this;
    const { organizationId } = receiver.destination;
    const { hears } = receiver.sender.protocol;
    const selection = {
      ...{ after, limit },
      ...(organizationId === null ? {} : { organizationId }),
      // An import is not in the way of those who hear of nothing but people who leave.
      ...(hears && { types: hears }),
    };
    const page = await engine.log.page(engine.database, selection, bytesAtMost);
    const { entries, complete: ended } = page;
    // A complete page means that the log was read to its end, and the mark was in the log when the lease was taken.
    const readTo = Math.max(entries.at(-1)?.position ?? 0, ended ? this.standing.workTo : 0);
    return {
      events: await wanted(engine, receiver, entries.map(recorded)),
      bytes: sizesOf(page),
      readTo,
      ended,
    };
  }

  ended(): void {
    // The cursor says it all.
  }

  progress(cursor: number): Pick<Settlement, 'cursor' | 'links'> {
    return { cursor, links: this.chain.upTo(cursor) };
  }
}
