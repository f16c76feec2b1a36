/** Fetches a slice's work: parked deliveries that are due, and what follows the cursor in the log. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { Sender } from './attempt.js';
import type { Engine } from './engine.js';
import type { Standing } from './lease.js';
import type { Ledger } from './ledger.js';
import { keysOf } from './order.js';
import { findConflicts, loadDue, type DueRow } from './parked.js';
import { asOf } from './replay/reading.js';
import type { Source } from './source.js';
import { findSuperseded } from './superseded.js';
import { split, type Holder, type Item, type Window } from './window.js';

export interface IntakeParts {
  sender: Sender;
  standing: Standing;
  source: Source;
  window: Window;
  ledger: Ledger;
}

const FRESH = { state: 'ready', origin: 'log', attempts: 0, firstAttemptAt: null } as const;
const PARKED = { state: 'ready', origin: 'parked', hasRow: true } as const;

export class Intake {
  /** Something may have become due. */
  lookForDue: boolean;
  /** Rows may exist that hold the subjects of what is read. */
  private mayHaveParked: boolean;
  private logIsRead = false;

  /** @param patient in a probe nothing is parked: what must wait stays in the window, and the cursor before it. */
  constructor(
    private readonly engine: Engine,
    private readonly parts: IntakeParts,
    private readonly patient: boolean,
  ) {
    this.lookForDue = parts.standing.hasParked;
    // What is told again may have been given up the first time; such a row goes when it got through.
    this.mayHaveParked = parts.standing.hasParked || parts.source.retelling !== null;
  }

  get hasMore(): boolean {
    return this.hasRoomForDue || this.hasRoomForLog;
  }

  private get hasRoomForDue(): boolean {
    return (
      this.parts.source.takesParked &&
      this.lookForDue &&
      this.parts.window.count('parked') < this.engine.limits.batch / 4
    );
  }

  /** Parked ones do not count: some may lie past what was read, and wait for the reading. */
  private get hasRoomForLog(): boolean {
    return !this.logIsRead && this.parts.window.count('log') < this.engine.limits.batch / 2;
  }

  async take(): Promise<void> {
    if (this.hasRoomForDue) await this.loadDue();
    if (this.hasRoomForLog) await this.readLog();
  }

  private async loadDue(): Promise<void> {
    this.lookForDue = false;
    this.mayHaveParked = true;
    const { engine, parts } = this;
    const now = engine.clock.now();
    const rows = await loadDue(engine.database, parts.standing.lease, { now, limit: engine.limits.batch });
    if (rows.length === 0) return;
    const known = new Map(rows.map((row) => [row.position, row]));
    const items = (await this.eventsOf(rows)).map((event): Item => {
      const { position } = event;
      const { subjects: keys, behind: storedBehind, ...row } = known.get(position)!;
      const { previousSequence, attempts, firstAttemptAt, retelling } = row;
      const tried = { previousSequence, attempts, firstAttemptAt, retelling, storedBehind };
      return { ...{ position, keys, event }, ...tried, ...PARKED };
    });
    const current = await this.withoutSuperseded(items);
    // From here on without `await`: what failed or got through since the rows were read is only in the ledger.
    const { free } = split(
      current.filter(({ position }) => !known.get(position)!.blocked),
      [...rows.filter(({ blocked }) => blocked), ...parts.ledger.holders],
    );
    parts.window.add(free);
  }

  /** What was parked by a snapshot is told as it was then, like the first time. */
  private async eventsOf(rows: readonly DueRow[]): Promise<RecordedEvent[]> {
    const { engine } = this;
    const entries = await engine.log.at(
      engine.database,
      rows.map(({ position }) => position),
    );
    const places = new Map(rows.map((row) => [row.position, row.retelling?.snapshotAt ?? null]));
    const events = entries.map(recorded);
    const snapshots = new Set([...places.values()].filter((at) => at !== null));
    const shown = await Promise.all(
      [...snapshots].map((at) =>
        asOf(
          engine,
          events.filter(({ position }) => places.get(position) === at),
          at,
        ),
      ),
    );
    return [...events.filter(({ position }) => places.get(position) === null), ...shown.flat()].sort(
      (one, other) => one.position - other.position,
    );
  }

  private async readLog(): Promise<void> {
    const { engine } = this;
    const { sender, source, window, ledger } = this.parts;
    const { events, readTo, ended } = await source.read(window.reach);
    this.logIsRead = ended;
    const previous = await source.chain.follow(engine.database, events);
    const { retelling } = source;
    const { items, holders } = await this.unparked(
      events.map((event, index): Item => {
        const { position } = event;
        const keys = keysOf(event, sender.manner.ordering);
        const previousSequence = previous[index] ?? null;
        return { position, keys, event, previousSequence, retelling, ...FRESH };
      }),
    );
    const current = await this.withoutSuperseded(items);
    // From here on without `await`: outcomes that arrive in between must find these items in the window.
    const { free, behind } = split(current, [...holders, ...ledger.holders]);
    if (this.patient) for (const item of behind) item.state = 'waiting';
    else for (const item of behind) ledger.behind(item);
    if (behind.length > 0) this.mayHaveParked = true;
    window.add(this.patient ? current : free, readTo);
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

  private async withoutSuperseded(items: Item[]): Promise<Item[]> {
    const { window, ledger, sender } = this.parts;
    const superseded = await findSuperseded(
      this.engine.database,
      sender.protocol,
      items.map(({ event }) => event),
    );
    // A row that was read while its delivery is under way, or has just ended, is not news.
    const open = items.filter(({ position }) => !window.holds(position) && !ledger.knows(position));
    return open.filter((item) => {
      const by = superseded.get(item.event);
      if (!by) return true;
      const because = `${by.type} at position ${by.position} came later`;
      const outcome = { kind: 'superseded' as const, reason: because };
      ledger.failed(item, { state: 'superseded', because }, { ...item, outcome });
      return false;
    });
  }
}
