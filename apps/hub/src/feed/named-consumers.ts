/** Named consumers, for those who do not want to keep a cursor: what they are, who may use them, and where they are moved to. */
import { Injectable } from '@nestjs/common';
import { createConsumer, findConsumer, seekConsumer } from '@app/event-log';
import { EventLog, headPosition, type Consumer } from '@app/event-log';
import { Clock, Database, newId } from '@app/runtime';
import { LimitReached } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';
import { consumerFilter, type ConsumerFilterBody, type NewConsumerBody } from './consumer-bodies.js';
import { FeedCursors } from './feed-cursors.js';
import { KnownNames } from './known-names.js';
import { isWithin, outsideScope, type FeedScope } from './feed-scope.js';

const CONSUMERS_AT_MOST = 1_000;
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

@Injectable()
export class NamedConsumers {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly cursors: FeedCursors,
    private readonly known: KnownNames,
  ) {}

  /** @throws ApiError */
  async create({ name, filters = {}, from = 'beginning' }: NewConsumerBody): Promise<Consumer> {
    await this.known.check(filters);
    const position = await this.positionOf(from, 'from');
    const createdAt = this.clock.now();
    const id = newId('consumer', createdAt);
    const made = await createConsumer(
      this.database,
      { name, id, filter: filters, position, createdAt },
      CONSUMERS_AT_MOST,
    );
    if (made === 'taken')
      throw new ApiError(
        409,
        'consumer_exists',
        `There is a consumer '${name}'. Use it, or delete it first.`,
      );
    if (made === 'too many')
      throw new LimitReached('consumers', CONSUMERS_AT_MOST, 'Delete one that is not used any more.');
    return this.find(name);
  }

  /** @throws ApiError 404; 403 when the scope does not have it */
  async find(name: string, scope?: FeedScope): Promise<Consumer> {
    if (scope?.consumers && !scope.consumers.has(name)) throw outsideScope(name);
    const consumer = await findConsumer(this.database, name);
    if (!consumer) throw notFound('Consumer', name);
    if (scope && !isWithin(consumerFilter(consumer.filter as ConsumerFilterBody), scope))
      throw outsideScope(name);
    return consumer;
  }

  async seek(name: string, to: string): Promise<Consumer> {
    const position = await this.positionOf(to, 'to');
    if (!(await seekConsumer(this.database, name, position))) throw notFound('Consumer', name);
    return this.find(name);
  }

  async shown(consumers: Consumer[]): Promise<object[]> {
    const ids = await this.log.idsAt(
      this.database,
      consumers.map(({ position }) => position),
    );
    const now = this.clock.now();
    return consumers.map(
      ({ name, id, filter, position, ackedAt, lease, createdAt, lagEvents, behindSince }) => ({
        object: 'consumer',
        id,
        name,
        filters: filter,
        position: ids.get(position) ?? null,
        acked_at: ackedAt?.toISOString() ?? null,
        lease: lease && lease.until > now ? { until: lease.until.toISOString() } : null,
        lag: { events: lagEvents, seconds: secondsSince(behindSince, now) },
        created_at: createdAt.toISOString(),
      }),
    );
  }

  /** @param to `beginning`, `now`, the id of an event, or a time. @throws ApiError 400 or 422 */
  private async positionOf(to: string, field: string): Promise<number> {
    if (to === 'beginning') return this.cursors.floor();
    if (to === 'now') return headPosition(this.database);
    if (to.startsWith('event_')) {
      const start = await this.cursors.startAfter(to);
      await this.cursors.checkId(to, start.position);
      return start.position;
    }
    const time = new Date(TIME.test(to) ? to : NaN);
    if (!Number.isNaN(time.getTime()))
      return Math.max(await this.cursors.floor(), await this.log.positionBefore(this.database, time));
    const message = `${field} must be "beginning", "now", the id of an event, or a time such as 2030-01-31T12:00:00Z`;
    throw invalid([{ field, code: 'invalid_place', message }]);
  }
}

export function secondsSince(time: Date | null, now: Date): number {
  return time === null ? 0 : Math.max(0, Math.round((now.getTime() - time.getTime()) / 100) / 10);
}
