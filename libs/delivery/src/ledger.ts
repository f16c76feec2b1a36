/** What came of the attempts of a slice, kept until it is written down in one piece with the cursor that passes it. */
import type { Health } from './breaker.js';
import type { Chain } from './chain.js';
import type { Engine } from './engine.js';
import type { Lease, Standing } from './lease.js';
import type { Outcome } from './protocol.js';
import type { Next } from './retry-policy.js';
import { settle, type AttemptRecord, type ParkRecord } from './settle.js';
import type { Holder, Item } from './window.js';

export interface Tally {
  attempts: number;
  delivered: number;
  parked: number;
}

export class Ledger {
  readonly tally: Tally = { attempts: 0, delivered: 0, parked: 0 };
  private attempts: AttemptRecord[] = [];
  private parks = new Map<number, ParkRecord>();
  private unparked: number[] = [];
  private finishedSubjects: string[] = [];
  private lastDelivered: number | null = null;
  private oldestAt: number | undefined;
  private readonly lease: Lease;
  private savedCursor: number;

  constructor(
    private readonly engine: Engine,
    standing: Standing,
    private readonly chain: Chain,
  ) {
    this.lease = standing.lease;
    this.savedCursor = standing.cursor;
  }

  get isEmpty(): boolean {
    return this.oldestAt === undefined;
  }

  get isDue(): boolean {
    if (this.oldestAt === undefined) return false;
    const { settleEvery, settleWithinMilliseconds } = this.engine.limits;
    const count = this.attempts.length + this.parks.size;
    return count >= settleEvery || performance.now() - this.oldestAt >= settleWithinMilliseconds;
  }

  /** Unfinished deliveries that the database does not know yet. */
  get holders(): Holder[] {
    return [...this.parks.values()].filter(({ state }) => state === 'waiting' || state === 'behind');
  }

  /** Whether the outcome of this delivery is in here, so that its row in the database is out of date. */
  knows(position: number): boolean {
    return this.parks.has(position) || this.unparked.includes(position);
  }

  attempted(record: AttemptRecord): void {
    this.touch();
    this.tally.attempts += 1;
    this.attempts.push(record);
  }

  delivered(item: Item): void {
    this.touch();
    this.tally.delivered += 1;
    this.lastDelivered = Math.max(this.lastDelivered ?? 0, item.position);
    if (item.origin === 'log') return;
    this.unparked.push(item.position);
    this.finishedSubjects.push(...item.keys);
  }

  /** @param attempts those that consumed a wait, all together. */
  failed(
    item: Item,
    next: Exclude<Next, { state: 'done' }>,
    { attempts, outcome }: { attempts: number; outcome: Outcome },
  ): void {
    const dueAt = next.state === 'waiting' ? next.at : null;
    this.park(item, { state: next.state, attempts, dueAt, lastOutcome: outcome });
    if (next.state !== 'waiting' && item.origin === 'parked') this.finishedSubjects.push(...item.keys);
  }

  /** It has to wait for an earlier one. That is no failure of its own and costs it nothing. */
  behind(item: Item): void {
    if (item.storedBehind) return;
    this.park(item, { state: 'behind', attempts: item.attempts, dueAt: null, lastOutcome: null });
  }

  /** It was not tried, and later ones were delivered: a row lets the cursor pass them. */
  postponed(item: Item, now: Date): void {
    this.park(item, { state: 'waiting', attempts: item.attempts, dueAt: now, lastOutcome: null });
  }

  /**
   * @param cursor the finished prefix, everything in this ledger included.
   * @param last write also a cursor that has only passed events nobody wanted.
   * @returns whether something parked was finished, so that others may have become due.
   * @throws LeaseLost
   */
  async settle(cursor: number, health: Health, { last }: { last: boolean }): Promise<boolean> {
    if (this.isEmpty && !(last && cursor > this.savedCursor)) return false;
    const { attempts, parks, unparked, finishedSubjects, lastDelivered } = this;
    this.attempts = [];
    this.parks = new Map();
    this.unparked = [];
    this.finishedSubjects = [];
    this.lastDelivered = null;
    this.oldestAt = undefined;
    const settlement = {
      cursor,
      health,
      lastDelivered,
      attempts,
      parks: [...parks.values()],
      unparked,
      finishedSubjects,
      links: this.chain.upTo(cursor),
    };
    await settle(this.engine.database, this.lease, settlement, this.engine.clock.now());
    this.savedCursor = cursor;
    return finishedSubjects.length > 0;
  }

  private park(item: Item, how: Omit<ParkRecord, 'position' | 'subjects' | 'previousSequence'>): void {
    this.touch();
    this.tally.parked += 1;
    const { position, keys: subjects, previousSequence } = item;
    this.parks.set(position, { position, subjects, previousSequence, ...how });
  }

  private touch(): void {
    this.oldestAt ??= performance.now();
  }
}
