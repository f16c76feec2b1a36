/** Fetches a slice's work: parked deliveries that are due, and what follows the cursor in the log. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { Destination } from '@app/tenancy';
import type { Sender } from './attempt.js';
import { forAudience } from './audience.js';
import { partyOf } from './batches.js';
import type { Chain } from './chain.js';
import type { Engine } from './engine.js';
import { audienceOf, concerns } from './filter.js';
import type { Standing } from './lease.js';
import type { Ledger } from './ledger.js';
import { keysOf } from './order.js';
import type { Pace } from './pace.js';
import { findConflicts, loadDue, type DueRow } from './parked.js';
import { findSuperseded } from './superseded.js';
import { split, type Holder, type Item, type Window } from './window.js';

export interface IntakeParts {
  destination: Destination;
  sender: Sender;
  standing: Standing;
  window: Window;
  ledger: Ledger;
  chain: Chain;
  pace: Pace;
}

const FRESH = { state: 'ready', origin: 'log', attempts: 0, batch: null, party: 'new' } as const;
const PARKED = { state: 'ready', origin: 'parked' } as const;

/** For what is being read. Given back at the moment when the window has it, and counts it itself. */
interface Room {
  bytesAtMost: number;
  giveBack(): void;
}

/** Room that the first page asks for, each later one twice as much: a page of usual events takes a tenth of it. */
const FIRST_WISH_IN_BYTES = 256 * 1_024;

/** In the window of a destination whose requests have several events. */
const BATCHED_EVENTS_AT_MOST = 1_000;

export class Intake {
  /** Something may have become due. */
  lookForDue: boolean;
  /** Rows may exist that hold the subjects of what is read. */
  private mayHaveParked: boolean;
  private logIsRead = false;
  /** Events read at a time. The first page is short: a slice may end early, and most destinations have little to do. */
  private page: number;
  private isStarved = false;
  private wish = FIRST_WISH_IN_BYTES;
  private readonly pageAtMost: number;

  /** @param patient in a probe nothing is parked: what must wait stays in the window, and the cursor before it. */
  constructor(
    private readonly engine: Engine,
    private readonly parts: IntakeParts,
    private readonly patient: boolean,
  ) {
    this.mayHaveParked = this.lookForDue = parts.standing.hasParked;
    const { batch, sliceInMilliseconds } = engine.limits;
    const { maxInFlight, batchSize } = parts.sender.manner;
    const atOnce = 2 * maxInFlight * batchSize;
    this.pageAtMost = batchSize === 1 ? batch : Math.max(batch, Math.min(atOnce, BATCHED_EVENTS_AT_MOST));
    const paced = (parts.pace.rateAt(parts.standing.cursor + 1) * sliceInMilliseconds) / 1_000;
    this.page = Math.ceil(Math.min(this.pageAtMost, atOnce, 1 + paced * batchSize));
  }

  get hasMore(): boolean {
    return !this.isStarved && (this.hasRoomForDue || this.hasRoomForLog);
  }

  /** Everything that the log had has been read, and is no longer in hand: what there is now has just happened. */
  get hasCaughtUp(): boolean {
    return this.logIsRead && this.parts.window.count('log') === 0;
  }

  private get hasRoomForDue(): boolean {
    const { limits } = this.engine;
    return this.lookForDue && this.hasRoom && this.parts.window.count('parked') < limits.batch / 4;
  }

  /** Parked ones do not count: some may lie past what was read, and wait for the reading. */
  private get hasRoomForLog(): boolean {
    return !this.logIsRead && this.hasRoom && this.parts.window.count('log') < this.pageAtMost / 2;
  }

  private get hasRoom(): boolean {
    return this.parts.window.bytes < this.engine.limits.bytesPerSlice / 2;
  }

  async take(): Promise<void> {
    if (this.hasRoomForDue) await this.loadDue();
    if (this.hasRoomForLog) await this.reading((room) => this.readLog(room));
  }

  private async loadDue(): Promise<void> {
    this.lookForDue = false;
    this.mayHaveParked = true;
    const { engine, parts } = this;
    const now = engine.clock.now();
    const rows = await loadDue(engine.database, parts.standing.lease, { now, limit: engine.limits.batch });
    if (rows.length === 0) return;
    await this.reading((room) => this.addDue(rows, room));
    if (this.isStarved) this.lookForDue = true;
  }

  private async addDue(rows: DueRow[], room: Room): Promise<void> {
    const { engine, parts } = this;
    const known = new Map(rows.map((row) => [row.position, row]));
    const fitting = await this.fitting([...known.keys()], room.bytesAtMost);
    const entries = await engine.log.at(engine.database, [...fitting.keys()]);
    const items = entries.map((entry): Item => {
      const event = recorded(entry);
      const { position } = event;
      const row = known.get(position)!;
      const { subjects: keys, previousSequence, attempts, batch, behind: storedBehind } = row;
      const facts = { position, keys, event, previousSequence, attempts, batch, storedBehind };
      return { ...facts, bytes: fitting.get(position)!, party: partyOf(row), ...PARKED };
    });
    const current = await this.withoutSuperseded(items);
    // From here on without `await`: what failed or got through since the rows were read is only in the ledger.
    const { free } = split(
      current.filter(({ position }) => !known.get(position)!.blocked),
      [...rows.filter(({ blocked }) => blocked), ...parts.ledger.holders],
    );
    room.giveBack();
    parts.window.add(free);
  }

  /** The first of these, in order of position, that fit: those that do not are due at another time. */
  private async fitting(positions: number[], bytesAtMost: number): Promise<Map<number, number>> {
    const sizes = await this.engine.log.bytesAt(this.engine.database, positions);
    const fitting = new Map<number, number>();
    let sum = 0;
    for (const { position, bytes } of sizes) {
      if ((sum += bytes) > bytesAtMost && fitting.size > 0) break;
      fitting.set(position, bytes);
    }
    if (fitting.size < sizes.length) this.lookForDue = true;
    return fitting;
  }

  /** Room is taken before anything is read. Where little is left, only who has nothing in hand reads, one event at least. */
  private async reading(read: (room: Room) => Promise<void>): Promise<void> {
    const { holdings, limits } = this.engine;
    const wish = Math.min(this.wish, limits.bytesPerSlice - this.parts.window.bytes);
    this.wish = Math.min(2 * this.wish, limits.bytesPerSlice);
    const bytesAtMost = holdings.reserve(wish);
    let reserved = bytesAtMost;
    this.isStarved = bytesAtMost < wish && this.parts.window.bytes > 0;
    const giveBack = (): void => {
      holdings.change(-reserved);
      reserved = 0;
    };
    try {
      if (!this.isStarved) await read({ bytesAtMost, giveBack });
    } finally {
      giveBack();
    }
  }

  private async readLog(room: Room): Promise<void> {
    const { engine } = this;
    const { destination, sender, standing, window, ledger } = this.parts;
    const own = destination.organizationId === null ? {} : { organizationId: destination.organizationId };
    const selection = { after: window.reach, limit: this.page, ...own };
    const { entries, bytes, complete } = await engine.log.page(engine.database, selection, room.bytesAtMost);
    this.logIsRead = complete;
    this.page = Math.min(this.pageAtMost, 2 * this.page);
    const sizes = new Map(entries.map(({ position }, index) => [position, bytes[index] ?? 0]));
    // A complete page means that the log was read to its end, and the mark was in the log when the lease was taken.
    const readTo = Math.max(entries.at(-1)?.position ?? 0, this.logIsRead ? standing.workTo : 0);
    const wanted = await this.wanted(entries.map(recorded));
    const previous = await this.parts.chain.follow(engine.database, wanted);
    const { items, holders } = await this.unparked(
      wanted.map((event, index): Item => {
        const { position } = event;
        const keys = keysOf(event, sender.manner.ordering);
        const previousSequence = previous[index] ?? null;
        return { position, keys, event, previousSequence, bytes: sizes.get(position)!, ...FRESH };
      }),
    );
    const current = await this.withoutSuperseded(items);
    // From here on without `await`: outcomes that arrive in between must find these items in the window.
    const { free, behind } = split(current, [...holders, ...ledger.holders]);
    if (this.patient) for (const item of behind) item.state = 'waiting';
    else for (const item of behind) ledger.behind(item);
    if (behind.length > 0) this.mayHaveParked = true;
    room.giveBack();
    window.add(this.patient ? current : free, readTo);
  }

  private async wanted(events: RecordedEvent[]): Promise<RecordedEvent[]> {
    const { destination, sender } = this.parts;
    const wishes = { settings: sender.settings, eventTypes: destination.eventTypes };
    const wanted = events.filter(
      (event) => concerns(destination, event) && sender.protocol.wants(event, wishes),
    );
    const audience = audienceOf(destination);
    return audience ? forAudience(this.engine.database, wanted, audience) : wanted;
  }

  /** Something failed in this slice, so the next page may have to wait for it. */
  expectParked(): void {
    this.mayHaveParked = true;
  }

  /** Leaves out what is parked already (a crash can leave rows ahead of the cursor), and finds who holds the rest. */
  private async unparked(items: Item[]): Promise<{ items: Item[]; holders: Holder[] }> {
    if (!this.mayHaveParked || items.length === 0) return { items, holders: [] };
    const { destinationId } = this.parts.standing.lease;
    const { parked, held } = await findConflicts(this.engine.database, destinationId, {
      positions: items.map((item) => item.position),
      keys: [...new Set(items.flatMap((item) => item.keys))],
    });
    return { items: items.filter((item) => !parked.has(item.position)), holders: held };
  }

  private async withoutSuperseded(items: Item[]): Promise<Item[]> {
    const { window, ledger, sender } = this.parts;
    const superseded = await findSuperseded(this.engine, sender.protocol, items);
    // A row that was read while its delivery is under way, or has just ended, is not news.
    const open = items.filter(({ position }) => !window.holds(position) && !ledger.knows(position));
    return open.filter((item) => {
      const by = superseded.get(item);
      if (!by) return true;
      const because = `${by.type} at position ${by.position} came later`;
      const outcome = { kind: 'superseded' as const, reason: because };
      ledger.failed(item, { state: 'superseded', because }, { attempts: item.attempts, outcome });
      return false;
    });
  }
}
