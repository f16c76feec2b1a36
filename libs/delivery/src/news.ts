/** What befell a destination as a whole during a slice, kept until it is written down with the settlement that found it. */
import type { DestinationEvent, DestinationFacts, StreamEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import { announce, deliverySkipped } from './announce.js';
import type { Health } from './breaker.js';
import type { Outcome } from './protocol.js';
import type { Stop, Tried } from './verdict.js';
import type { Item } from './window.js';

export interface News {
  destination: DestinationFacts;
  /** A stream, which hears of its own status. */
  hearsOfItself: boolean;
  /** Only where nobody else has changed the state meanwhile. */
  stop: Stop | null;
  events: DestinationEvent[];
  /** The breaker has closed; it was open since then. No parked event is to blame for that time. */
  downSince: Date | null;
}

export class NewsDesk {
  private skipped: DestinationEvent[] = [];
  private stopped: Stop | null = null;
  private lastFailure = '';

  /** @param told the health that was last written down. @param hearsOfItself as its protocol says. */
  constructor(
    private readonly destination: DestinationFacts,
    private told: Health,
    private readonly hearsOfItself = false,
  ) {}

  heard(outcome: Outcome): void {
    if (outcome.kind === 'refused') this.lastFailure = `it answered ${outcome.status}`;
    if (outcome.kind === 'unreachable') this.lastFailure = outcome.reason;
  }

  stop(stop: Stop): void {
    this.stopped = stop;
  }

  /** An event will not be tried again. */
  skip(
    { event }: Item,
    { attempts, firstAttemptAt: since }: Tried,
    { outcome, reason }: { reason: string; outcome: Outcome },
  ): void {
    const status = 'status' in outcome ? outcome.status : null;
    const skipped = deliverySkipped(this.destination, event, { attempts, status, since, reason });
    if (skipped) this.skipped.push(skipped);
  }

  /** @returns what there is to write together with this health; undefined when nothing befell it. */
  take(health: Health): News | undefined {
    const { told, skipped, stopped: stop, destination, hearsOfItself } = this;
    const events = stop ? skipped : [...skipped, ...this.turns(health)];
    const downSince = health.openedAt === null ? told.openedAt : null;
    this.told = health;
    this.skipped = [];
    this.stopped = null;
    if (!stop && events.length === 0 && !downSince) return undefined;
    return { destination, hearsOfItself, stop, events, downSince };
  }

  private turns(health: Health): DestinationEvent[] {
    const { told, destination } = this;
    if (told.announcedAt === null && health.announcedAt !== null) {
      const { failingSince, announcedAt, consecutiveFailures } = health;
      const since = (failingSince ?? announcedAt).toISOString();
      const data = { destination, since, consecutiveFailures, reason: this.lastFailure };
      return [{ type: 'DestinationFailing', data }];
    }
    if (told.announcedAt !== null && health.announcedAt === null) {
      const data = { destination, since: told.announcedAt.toISOString() };
      return [{ type: 'DestinationRecovered', data }];
    }
    return [];
  }
}

/** Before anything else of the destination is locked, as people who change it do: nobody waits in a circle. */
export async function lockForStop(tx: Tx, destinationId: string): Promise<void> {
  await tx.rows('select from destination where id = $1 for no key update', [destinationId]);
}

/** Writes the news down, last in the fenced transaction of the settlement. @returns whether the log has moved. */
export async function tell(tx: Tx, news: News, now: Date): Promise<boolean> {
  const { destination, stop, downSince } = news;
  if (downSince) {
    await tx.rows(
      `update parked_delivery
          set first_attempt_at = first_attempt_at + ($3::timestamptz - greatest(first_attempt_at, $2::timestamptz))
        where destination_id = $1 and state = 'waiting' and first_attempt_at < $3`,
      [destination.id, downSince, now],
    );
  }
  const events = [...news.events, ...(stop ? await stopped(tx, { ...news, stop }, now) : [])];
  if (events.length > 0) await announce(tx, destination.organizationId, { events, now });
  return events.length > 0;
}

async function stopped(
  tx: Tx,
  { destination, hearsOfItself, stop: { state, reason, since } }: News & { stop: Stop },
  now: Date,
): Promise<(DestinationEvent | StreamEvent)[]> {
  const rows = await tx.rows(
    `update destination set state = $2, disabled_reason = $3, disabled_at = $4, updated_at = $4
      where id = $1 and state = 'enabled' returning 1`,
    [destination.id, state, reason, now],
  );
  if (rows.length === 0) return [];
  const data = { destination: { ...destination, state }, since: since?.toISOString() ?? null, reason };
  const told: DestinationEvent =
    state === 'disabled' ? { type: 'DestinationDisabled', data } : { type: 'DestinationPaused', data };
  // Whoever is gone, or has asked for it, knows.
  if (!hearsOfItself || reason !== 'failing') return [told];
  const words = { streamId: destination.id, status: state, reason: 'its endpoint was failing for too long' };
  return [told, { type: 'StreamUpdated', data: words }];
}
