/** The failed deliveries of a destination, as people look at them. */
import type { Tx } from '@app/runtime';

export const PARKED_STATES = ['waiting', 'behind', 'given-up', 'superseded'] as const;
export type ParkedState = (typeof PARKED_STATES)[number];

export interface ParkedDelivery {
  position: number;
  state: ParkedState;
  attempts: number;
  dueAt: Date | null;
  /** As `Outcome` was when it was written. */
  lastOutcome: Record<string, unknown> | null;
  parkedAt: Date;
  /** The earliest unfinished delivery that shares a person or group with it and stands in front of it. */
  behind: number | null;
  /** What a person decided last. */
  decision: Decision | null;
}

export interface Decision {
  action: 'retry' | 'give_up';
  /** The id of the API key that was used. */
  by: string;
  at: string;
  reason?: string;
}

export interface ParkedWish {
  destinationId: string;
  state?: ParkedState | undefined;
  limit: number;
  order?: 'asc' | 'desc';
  /** Positions, exclusive; in the direction of the order. */
  after?: number | undefined;
  before?: number | undefined;
}

export interface ParkedPage {
  data: ParkedDelivery[];
  before: number | null;
  after: number | null;
}

/** Newest event first unless told otherwise. */
export async function listParked(tx: Tx, wish: ParkedWish): Promise<ParkedPage> {
  const { destinationId, state, limit, order = 'desc', after, before } = wish;
  const backwards = before !== undefined && after === undefined;
  const ascending = (order === 'asc') !== backwards;
  const [above, below] = order === 'asc' ? [after, before] : [before, after];
  const found = await tx.rows<ParkedDelivery>(listing(ascending), [
    destinationId,
    state ?? null,
    above ?? null,
    below ?? null,
    limit + 1,
  ]);
  const more = found.length > limit;
  const data = found.slice(0, limit);
  if (backwards) data.reverse();
  return {
    data,
    before: (backwards ? more : after !== undefined) ? (data[0]?.position ?? null) : null,
    after: (backwards ? true : more) ? (data.at(-1)?.position ?? null) : null,
  };
}

export async function findParked(
  tx: Tx,
  destinationId: string,
  position: number,
): Promise<ParkedDelivery | undefined> {
  const [row] = await tx.rows<ParkedDelivery>(listing(true), [
    destinationId,
    null,
    position - 1,
    position + 1,
    1,
  ]);
  return row;
}

// Who holds a person or group is looked up once for each of the page, not for each row: a thousand may stand behind one group.
function listing(ascending: boolean): string {
  return `
  with page as (
    select * from parked_delivery
     where destination_id = $1 and ($2::text is null or state = $2)
       and ($3::bigint is null or position > $3) and ($4::bigint is null or position < $4)
     order by position ${ascending ? 'asc' : 'desc'} limit $5
  ), first as (
    select s.subject, (select f.position from parked_delivery f
                        where f.destination_id = $1 and f.state in ('waiting', 'behind')
                          and f.subjects @> array[s.subject]
                        order by f.position limit 1) as position
      from (select distinct unnest(subjects) as subject from page where state in ('waiting', 'behind')) as s
  )
  select position, state, attempts, due_at as "dueAt", last_outcome as "lastOutcome", parked_at as "parkedAt", decision,
         (select min(first.position) from first
           where first.subject = any(page.subjects) and first.position < page.position
             and page.state in ('waiting', 'behind')) as behind
    from page order by position ${ascending ? 'asc' : 'desc'}`;
}
