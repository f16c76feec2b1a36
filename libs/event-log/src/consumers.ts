/** Named consumers: readers of the log whose place is kept here, moved by what they acknowledge. */
import { Conditions, directionOf, pageOfRows, Statement } from '@app/runtime';
import type { PageOfRows, PageWish, Tx } from '@app/runtime';

export interface Consumer {
  name: string;
  id: string;
  /** Which events, in the words of those who ask for it. */
  filter: Record<string, unknown>;
  /** Everything up to here is acknowledged, or was not wanted. */
  position: number;
  ackedAt: Date | null;
  /** Somebody has a page in hand. */
  lease: { token: string; until: Date; to: number } | null;
  createdAt: Date;
  /** Events of the log behind its place, whether it wants them or not. */
  lagEvents: number;
  /** When the first of them happened; null when there is none. */
  behindSince: Date | null;
}

export interface NewConsumer {
  name: string;
  id: string;
  filter: object;
  position: number;
  createdAt: Date;
}

export interface ConsumerLag {
  name: string;
  events: number;
  behindSince: Date | null;
}

interface Row {
  name: string;
  id: string;
  filter: Record<string, unknown>;
  position: number;
  acked_at: Date | null;
  lease_token: string | null;
  lease_until: Date | null;
  lease_to: number | null;
  created_at: Date;
  lag_events: number;
  behind_since: Date | null;
}

// The event behind a position is one look into the log's own index, however long the log is.
const SHOWN = `c.*, h.position - c.position as lag_events,
  (select occurred_at from event e where e.position = c.position + 1) as behind_since`;

const FIND = new Statement(
  'consumer-find',
  `select ${SHOWN} from feed_consumer c cross join log_head h where name = $1`,
);

export async function findConsumer(tx: Tx, name: string): Promise<Consumer | undefined> {
  const [row] = await tx.rows<Row>(FIND, [name]);
  return row && consumerOf(row);
}

export async function listConsumers(tx: Tx, wish: PageWish): Promise<PageOfRows<Consumer>> {
  const conditions = new Conditions();
  conditions.addCursors(wish);
  const rows = await tx.rows<Row>(
    `select ${SHOWN} from feed_consumer c cross join log_head h where ${conditions.text}
      order by id ${directionOf(wish)} limit ${wish.limit + 1}`,
    conditions.values,
  );
  return pageOfRows(rows.map(consumerOf), wish);
}

/** @returns `made`; or why not: the name is taken, or there are `most` of them. */
export async function createConsumer(
  tx: Tx,
  { name, id, filter, position, createdAt }: NewConsumer,
  most: number,
): Promise<'made' | 'taken' | 'too many'> {
  const [row] = await tx.rows<{ made: boolean; taken: boolean }>(
    `with made as (
       insert into feed_consumer (name, id, filter, position, created_at)
       select $1, $2, $3, $4, $5 where (select count(*) from feed_consumer) < $6
       on conflict do nothing returning 1)
     select exists (select from made) as made, exists (select from feed_consumer where name = $1) as taken`,
    [name, id, filter, position, createdAt, most],
  );
  if (row!.made) return 'made';
  return row!.taken ? 'taken' : 'too many';
}

export async function removeConsumer(tx: Tx, name: string): Promise<boolean> {
  return (await tx.rows('delete from feed_consumer where name = $1 returning 1', [name])).length > 0;
}

/** Nothing up to `to` is wanted: the place moves on as if it had been acknowledged, unless it was moved meanwhile. */
export async function advanceConsumer(tx: Tx, { name, position }: Consumer, to: number): Promise<void> {
  await tx.rows(ADVANCE, [name, position, to]);
}
const ADVANCE = new Statement(
  'consumer-advance',
  'update feed_consumer set position = $3 where name = $1 and position = $2 and lease_token is null',
);

/** Puts a page into one reader's hands. @returns false: somebody else has it, or the place was moved meanwhile. */
export async function leaseConsumer(
  tx: Tx,
  { name, position }: Consumer,
  lease: { token: string; until: Date; to: number; now: Date },
): Promise<boolean> {
  const taken = await tx.rows(LEASE, [name, position, lease.token, lease.until, lease.to, lease.now]);
  return taken.length > 0;
}
const LEASE = new Statement(
  'consumer-lease',
  `update feed_consumer set lease_token = $3, lease_until = $4, lease_to = $5
    where name = $1 and position = $2 and (lease_token is null or lease_token = $3 or lease_until <= $6) returning 1`,
);

export interface Acknowledged {
  /** Where it stands now. */
  position: number;
  moved: boolean;
  /** Somebody else has the page in hand, so nothing was moved. */
  refused: boolean;
}

/**
 * Moves the place forward, never back. @param token of the lease under which the page was read.
 * @returns undefined when there is no such consumer.
 */
export async function ackConsumer(
  tx: Tx,
  name: string,
  ack: { to: number; token: string | undefined; now: Date },
): Promise<Acknowledged | undefined> {
  const [row] = await tx.rows<{ before: number; admitted: boolean; moved: boolean }>(ACK, [
    name,
    ack.to,
    ack.token ?? null,
    ack.now,
  ]);
  if (!row) return undefined;
  const refused = !row.admitted && ack.to > row.before;
  return { position: row.moved ? ack.to : row.before, moved: row.moved, refused };
}
const ACK = new Statement(
  'consumer-ack',
  `with held as (
     select name, position as before,
            coalesce(lease_token = $3, $3 is null and coalesce(lease_until <= $4, true), false) as admitted
       from feed_consumer where name = $1 for update
   ), moved as (
     update feed_consumer c
        set position = $2, acked_at = $4,
            lease_token = case when lease_to > $2 then lease_token end,
            lease_until = case when lease_to > $2 then lease_until end,
            lease_to = case when lease_to > $2 then lease_to end
       from held where c.name = held.name and held.admitted and $2 > held.before
     returning 1)
   select held.before, held.admitted, exists (select from moved) as moved from held`,
);

/** Moves the place wherever it is wanted; a page that somebody has in hand is theirs no more. @returns false: no such consumer. */
export async function seekConsumer(tx: Tx, name: string, position: number): Promise<boolean> {
  const moved = await tx.rows(
    `update feed_consumer set position = $2, lease_token = null, lease_until = null, lease_to = null
      where name = $1 returning 1`,
    [name, position],
  );
  return moved.length > 0;
}

/** Of those that are furthest behind. */
export async function readConsumerLags(tx: Tx, limit: number): Promise<ConsumerLag[]> {
  const rows = await tx.rows<Row>(
    `select ${SHOWN} from feed_consumer c cross join log_head h order by c.position limit $1`,
    [limit],
  );
  return rows
    .map(consumerOf)
    .map(({ name, lagEvents, behindSince }) => ({ name, events: lagEvents, behindSince }));
}

function consumerOf(row: Row): Consumer {
  const { lease_token: token, lease_until: until, lease_to: to } = row;
  return {
    name: row.name,
    id: row.id,
    filter: row.filter,
    position: row.position,
    ackedAt: row.acked_at,
    lease: token !== null && until !== null && to !== null ? { token, until, to } : null,
    createdAt: row.created_at,
    lagEvents: row.lag_events,
    behindSince: row.behind_since,
  };
}
