/** What came of the attempts of a slice, kept until it is written down in one piece with the cursor that passes it. */
import type { Health } from './breaker.js';
import type { Tx } from '@app/runtime';
import type { Engine } from './engine.js';
import type { Lease, Remainder } from './lease.js';
import type { NewsDesk } from './news.js';
import type { Pace } from './pace.js';
import type { Outcome } from './protocol.js';
import type { Next } from './retry-policy.js';
import { keepReceipts, ReceiptBook, type Acknowledged, type Addressee } from './receipts.js';
import { settle, type AttemptRecord, type ParkRecord } from './settle.js';
import type { Source } from './source.js';
import type { Tried } from './verdict.js';
import type { Holder, Item } from './window.js';

export interface Tally {
  attempts: number;
  delivered: number;
  parked: number;
}

export interface SettledLedger {
  /** Something parked was finished, so that others may have become due. */
  finished: boolean;
  /** The lease was given back, and this is left to do. */
  remainder?: Remainder | undefined;
}

type ParkedFacts = 'position' | 'subjects' | 'previousSequence' | 'retelling' | 'batch';

export class Ledger {
  /** Something was appended to the log. */
  announced = false;
  readonly tally: Tally = { attempts: 0, delivered: 0, parked: 0 };
  private attempts: AttemptRecord[] = [];
  private parks = new Map<number, { record: ParkRecord; item: Item }>();
  private unparked: number[] = [];
  private finishedSubjects: string[] = [];
  private lastDelivered: number | null = null;
  private oldestAt: number | undefined;
  private savedCursor: number;
  /** Only of what is urgent. */
  private readonly receipts: ReceiptBook | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly lease: Lease,
    private readonly parts: { source: Source; news: NewsDesk; pace: Pace; addressee?: Addressee | undefined },
  ) {
    this.savedCursor = parts.source.cursor;
    this.receipts = parts.addressee && new ReceiptBook();
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

  /** What it has changes the rows of parked deliveries. */
  get changesRows(): boolean {
    return this.parks.size + this.unparked.length + this.finishedSubjects.length > 0;
  }

  /** Unfinished deliveries that the database does not know yet. */
  get holders(): Holder[] {
    return this.open.map(({ record }) => record);
  }

  /** The same as they will be fetched once the database knows them. */
  get unfinished(): Item[] {
    return this.open.map(({ item, record: { attempts, firstAttemptAt = null } }) => ({
      ...{ ...item, attempts, firstAttemptAt },
      ...{ origin: 'parked' as const, hasRow: true },
    }));
  }

  private get open(): { record: ParkRecord; item: Item }[] {
    return [...this.parks.values()].filter(
      ({ record: { state } }) => state === 'waiting' || state === 'behind',
    );
  }

  /** Whether the outcome of this delivery is in here, so that its row in the database is out of date. */
  knows(position: number): boolean {
    return this.parks.has(position) || this.unparked.includes(position);
  }

  attempted(record: AttemptRecord): void {
    this.touch();
    this.tally.attempts += 1;
    this.attempts.push(record);
    this.receipts?.attempted(record);
  }

  /**
   * What comes of it from here on is no part of a receipt.
   * @param superseded why nobody's sessions are to be ended by it any more, if they were.
   */
  withoutReceipt(item: Item, superseded?: string): void {
    this.receipts?.leave(item.event, superseded);
  }

  delivered(item: Item): void {
    this.touch();
    this.tally.delivered += 1;
    this.lastDelivered = Math.max(this.lastDelivered ?? 0, item.position);
    this.parts.source.ended(item.position, 'sent');
    if (item.hasRow) this.unparked.push(item.position);
    if (item.origin === 'parked') this.finishedSubjects.push(...item.keys);
  }

  /** @param attempts those that consumed a wait, all together. */
  failed(
    item: Item,
    next: Exclude<Next, { state: 'done' }>,
    { attempts, firstAttemptAt, outcome }: Tried & { outcome: Outcome },
  ): void {
    const dueAt = next.state === 'waiting' ? next.at : null;
    this.park(item, { state: next.state, attempts, firstAttemptAt, dueAt, lastOutcome: outcome });
    if (next.state === 'given-up')
      this.parts.news.skip(item, { attempts, firstAttemptAt }, { reason: next.because, outcome });
    if (next.state !== 'waiting') this.receipts?.ended(item.event, next.state, next.because);
    if (next.state !== 'waiting' && item.origin === 'parked') this.finishedSubjects.push(...item.keys);
  }

  /** It failed in one request with an earlier one of the same subject, which it waits for. */
  failedBehind(item: Item, { attempts, firstAttemptAt, outcome }: Tried & { outcome: Outcome }): void {
    this.park(item, { state: 'behind', attempts, firstAttemptAt, dueAt: null, lastOutcome: outcome });
  }

  /** It has to wait for an earlier one. That is no failure of its own and costs it nothing. */
  behind(item: Item): void {
    if (item.storedBehind) return;
    const { attempts, firstAttemptAt } = item;
    this.park(item, { state: 'behind', attempts, firstAttemptAt, dueAt: null, lastOutcome: null });
  }

  /** It was not tried, and later ones were delivered: a row lets the cursor pass them. */
  postponed(item: Item, now: Date): void {
    const { attempts, firstAttemptAt } = item;
    this.park(item, { state: 'waiting', attempts, firstAttemptAt, dueAt: now, lastOutcome: null });
  }

  /**
   * @param cursor the finished prefix, everything in this ledger included.
   * @param last write also a cursor that has only passed events nobody wanted.
   * @param release give the lease back as well, if there is anything to write.
   * @throws LeaseLost
   */
  async settle(
    cursor: number,
    health: Health,
    { last = false, release = false }: { last?: boolean; release?: boolean },
  ): Promise<SettledLedger> {
    if (this.isEmpty && !(last && cursor > this.savedCursor)) return { finished: false };
    const { attempts, parks, unparked, finishedSubjects, lastDelivered } = this;
    this.attempts = [];
    this.parks = new Map();
    this.unparked = [];
    this.finishedSubjects = [];
    this.lastDelivered = null;
    this.oldestAt = undefined;
    const startedMark = performance.now();
    const now = this.engine.clock.now();
    const acknowledged: Acknowledged[] = [];
    const settlement = {
      worker: this.engine.attempts.worker,
      health,
      lastDelivered,
      attempts: this.engine.attempts.kept ? attempts : [],
      parks: [...parks.values()].map(({ record }) => record),
      unparked,
      finishedSubjects,
      news: this.parts.news.take(health),
      receipts: this.receiptsOf(now, acknowledged),
      owedInMilliseconds: this.parts.pace.owedInMilliseconds,
      ...this.parts.source.progress(cursor),
    };
    const { announced, remainder } = await settle(this.engine.database, this.lease, settlement, {
      now,
      release,
    });
    this.announced ||= announced;
    this.savedCursor = cursor;
    this.observeAcknowledged(acknowledged);
    const durationInMilliseconds = performance.now() - startedMark;
    this.engine.observations.debug('deliveries settled', {
      attempts: attempts.length,
      durationInMilliseconds,
    });
    return { finished: finishedSubjects.length > 0, remainder };
  }

  /** @param acknowledged gets those that are, when it is written. */
  private receiptsOf(now: Date, acknowledged: Acknowledged[]): ((tx: Tx) => Promise<void>) | undefined {
    const { addressee } = this.parts;
    const changes = this.receipts?.take() ?? [];
    if (!addressee || changes.length === 0) return undefined;
    return async (tx) =>
      void acknowledged.push(...(await keepReceipts(tx, addressee, { changes, lease: this.lease, now })));
  }

  private observeAcknowledged(acknowledged: readonly Acknowledged[]): void {
    const { destinationId, protocol } = this.parts.addressee ?? {};
    for (const { position, occurredAt, requestedAt, acknowledgedAt } of acknowledged)
      this.engine.observations.debug('revocation acknowledged', {
        ...{ destinationId, protocol, position },
        sinceOccurredInMilliseconds: acknowledgedAt.getTime() - occurredAt.getTime(),
        sinceRequestedInMilliseconds: acknowledgedAt.getTime() - requestedAt.getTime(),
      });
  }

  private park(item: Item, how: Omit<ParkRecord, ParkedFacts>): void {
    this.touch();
    this.parts.source.ended(item.position, 'failed');
    this.tally.parked += 1;
    const { position, keys: subjects, previousSequence, retelling, batch } = item;
    const record = { position, subjects, previousSequence, retelling, batch, ...how };
    this.parks.set(position, { record, item });
  }

  private touch(): void {
    this.oldestAt ??= performance.now();
  }
}
