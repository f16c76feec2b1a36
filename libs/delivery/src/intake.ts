/** Fetches a slice's work: parked deliveries that are due, and what follows the cursor in the log. */
import type { Destination } from '@app/tenancy';
import type { Sender } from './attempt.js';
import { partyOf } from './batches.js';
import { currentWork } from './current-work.js';
import type { Engine } from './engine.js';
import type { Standing } from './lease.js';
import type { Ledger } from './ledger.js';
import { isAboutPeople, keysOf } from './order.js';
import type { Pace } from './pace.js';
import { findConflicts, loadDue, type DueRow } from './parked.js';
import { dropPointless, heldAbout } from './pointless.js';
import { parkedEvents } from './replay/parked-events.js';
import type { Retelling, Source } from './source.js';
import { split, type Holder, type Item, type Window } from './window.js';

export interface IntakeParts {
  destination: Destination;
  sender: Sender;
  standing: Standing;
  source: Source;
  window: Window;
  ledger: Ledger;
  pace: Pace;
}

const FRESH = { state: 'ready', origin: 'log', attempts: 0, firstAttemptAt: null, batch: null } as const;
const PARKED = { state: 'ready', origin: 'parked', hasRow: true } as const;

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
    this.lookForDue = parts.standing.hasParked;
    // What is told again may have been given up the first time; such a row goes when it got through.
    this.mayHaveParked = parts.standing.hasParked || parts.source.retelling !== null;
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
    const { source, window } = this.parts;
    return source.takesParked && this.lookForDue && this.hasRoom && window.count('parked') < limits.batch / 4;
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
    const items = (
      await parkedEvents(
        engine,
        parts,
        rows.filter(({ position }) => fitting.has(position)),
      )
    ).map((event): Item => {
      const { position } = event;
      const { subjects: keys, behind: storedBehind, blocked: _, ...row } = known.get(position)!;
      const facts = { ...row, keys, event, storedBehind, bytes: fitting.get(position)! };
      return { ...facts, party: told(partyOf(row), row.retelling), ...PARKED };
    });
    const current = await this.current(items);
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
    const { sender, source, window, ledger } = this.parts;
    const size = { limit: this.page, bytesAtMost: room.bytesAtMost };
    const { events, bytes, readTo, ended } = await source.read(window.reach, size);
    this.logIsRead = ended;
    this.page = Math.min(this.pageAtMost, 2 * this.page);
    const previous = await source.chain.follow(engine.database, events);
    const { retelling } = source;
    const { items, holders } = await this.unparked(
      events.map((event, index): Item => {
        const { position } = event;
        const keys = keysOf(event, sender.manner.ordering, isAboutPeople(sender.protocol));
        const previousSequence = previous[index] ?? null;
        const facts = { position, keys, event, previousSequence, retelling, bytes: bytes.get(position) ?? 0 };
        return { ...facts, party: told('new', retelling), ...FRESH };
      }),
    );
    const held = await heldAbout(engine, this.parts, { holders, items });
    const current = await this.current(items);
    // From here on without `await`: outcomes that arrive in between must find these items in the window.
    const gone = dropPointless(sender, { held, items: current, window, ledger });
    const holding = [...holders, ...ledger.holders].filter(({ position }) => !gone.has(position));
    const { free, behind } = split(current, holding);
    if (this.patient) for (const item of behind) item.state = 'waiting';
    else for (const item of behind) this.sendBehind(item);
    if (behind.length > 0) this.mayHaveParked = true;
    room.giveBack();
    window.add(this.patient ? current : free, readTo);
  }

  /** Rows that an earlier slice left ahead of the cursor may be in the window already, and must not pass what is read now. */
  private sendBehind(item: Item): void {
    const { window, ledger } = this.parts;
    ledger.behind(item);
    for (const later of window.takeThoseBehind(item)) ledger.behind(later);
  }

  /** Something failed in this slice, so the next page may have to wait for it. */
  expectParked(): void {
    this.mayHaveParked = true;
  }

  /**
   * Leaves out what is parked already (a crash can leave rows ahead of the cursor), and finds who holds the rest. A replay
   * leaves out only what will be tried again by itself.
   */
  private async unparked(items: Item[]): Promise<{ items: Item[]; holders: Holder[] }> {
    if (!this.mayHaveParked || items.length === 0) return { items, holders: [] };
    const { source, standing } = this.parts;
    const { parked, held } = await findConflicts(this.engine.database, standing.lease.destinationId, {
      positions: items.map((item) => item.position),
      keys: [...new Set(items.flatMap((item) => item.keys))],
    });
    const unfinished = new Set(held.map(({ position }) => position));
    const free = items.filter(({ position }) => {
      const skipped = source.retelling ? unfinished.has(position) : parked.has(position);
      if (skipped) source.ended(position, 'skipped');
      return !skipped;
    });
    return { items: free.map((item) => ({ ...item, hasRow: parked.has(item.position) })), holders: held };
  }

  private current(items: readonly Item[]): Promise<Item[]> {
    return currentWork(this.engine.database, this.parts, { ...this.parts, items });
  }
}

/** What is told again is told by itself: the request says of what it is a part. */
function told(party: string | null, retelling: Retelling | null): string | null {
  return party === null || retelling === null ? party : `${party} of ${retelling.replayId}`;
}
