/** Fetches a slice's work: parked deliveries that are due, and what follows the cursor in the log. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { Destination } from '@app/tenancy';
import type { Sender } from './attempt.js';
import { forAudience } from './audience.js';
import type { Chain } from './chain.js';
import type { Engine } from './engine.js';
import { audienceOf, concerns } from './filter.js';
import type { Standing } from './lease.js';
import type { Ledger } from './ledger.js';
import { keysOf } from './order.js';
import { findConflicts, loadDue } from './parked.js';
import { findSuperseded } from './superseded.js';
import { split, type Holder, type Item, type Window } from './window.js';

export interface IntakeParts {
  destination: Destination;
  sender: Sender;
  standing: Standing;
  window: Window;
  ledger: Ledger;
  chain: Chain;
}

const FRESH = { state: 'ready', origin: 'log' } as const;
const PARKED = { state: 'ready', origin: 'parked' } as const;

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
    this.mayHaveParked = this.lookForDue = parts.standing.hasParked;
  }

  get hasMore(): boolean {
    return this.hasRoomForDue || this.hasRoomForLog;
  }

  private get hasRoomForDue(): boolean {
    return this.lookForDue && this.parts.window.count('parked') < this.engine.limits.batch / 4;
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
    const entries = await engine.log.at(engine.database, [...known.keys()]);
    const items = entries.map((entry): Item => {
      const event = recorded(entry);
      const { position } = event;
      const { subjects: keys, previousSequence, attempts, behind: storedBehind } = known.get(position)!;
      return { ...{ position, keys, event, previousSequence, attempts, storedBehind }, ...PARKED };
    });
    const current = await this.withoutSuperseded(items);
    // From here on without `await`: what failed or got through since the rows were read is only in the ledger.
    const { free } = split(
      current.filter(({ position }) => !known.get(position)!.blocked),
      [...rows.filter(({ blocked }) => blocked), ...parts.ledger.holders],
    );
    parts.window.add(free);
  }

  private async readLog(): Promise<void> {
    const { engine } = this;
    const { destination, sender, standing, window, ledger } = this.parts;
    const entries = await engine.log.after(engine.database, {
      after: window.reach,
      limit: engine.limits.batch,
      ...(destination.organizationId === null ? {} : { organizationId: destination.organizationId }),
    });
    this.logIsRead = entries.length < engine.limits.batch;
    // A short page means that the log was read to its end, and the mark was in the log when the lease was taken.
    const readTo = Math.max(entries.at(-1)?.position ?? 0, this.logIsRead ? standing.workTo : 0);
    const wanted = await this.wanted(entries.map(recorded));
    const previous = await this.parts.chain.follow(engine.database, wanted);
    const { items, holders } = await this.unparked(
      wanted.map((event, index): Item => {
        const { position } = event;
        const keys = keysOf(event, sender.manner.ordering);
        return { position, keys, event, previousSequence: previous[index] ?? null, attempts: 0, ...FRESH };
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
