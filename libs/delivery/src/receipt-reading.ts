/** Reading receipts: all of one event side by side, page by page in the order of the log. */
import type { EventLog } from '@app/event-log';
import {
  Conditions,
  directionOf,
  pageOfRows,
  searchWithin,
  type Database,
  type PageOfRows,
  type PageWish,
  type Tx,
} from '@app/runtime';
import { DESTINATION_DELETED, isOfTypes } from './receipts.js';

export const RECEIPT_STATES = ['requested', 'acknowledged', 'failed', 'superseded'] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

export interface Receipt {
  destinationId: string;
  protocol: string;
  /** The URL that has acknowledged it; until then that of when it was asked for. */
  endpoint: string;
  state: ReceiptState;
  attempts: number;
  requestedAt: Date;
  firstAttemptAt: Date | null;
  lastAttemptAt: Date | null;
  acknowledgedAt: Date | null;
  status: number | null;
  jti: string | null;
  /** Why it failed or needs no answer any more, or why an answer that is no plain success acknowledges it. */
  reason: string | null;
}

/** What happened once, and what came of it at each application. */
export interface Receipted {
  /** Of the event. */
  id: string;
  position: number;
  eventType: string;
  occurredAt: Date;
  organizationId: string;
  directoryId: string;
  personId: string;
  /** By destination. */
  receipts: Receipt[];
}

export interface ReceiptFilter {
  /** Types of domain events. Of memberships only the end of one counts. */
  eventTypes: readonly string[];
  organizationId?: string | undefined;
  directoryId?: string | undefined;
  personId?: string | undefined;
  destinationId?: string | undefined;
  /** At least one of the event's receipts is in this state: that of `destinationId`, where that is given too. */
  state?: ReceiptState | undefined;
  /** Inclusive. */
  occurredFrom?: Date | undefined;
  /** Exclusive. */
  occurredBefore?: Date | undefined;
  /** As `positionsBetween` knows them, where it was asked already. */
  positions?: Positions | undefined;
}

/** Inclusive, both. */
export interface Positions {
  first?: number | undefined;
  last?: number | undefined;
}

/** Where in the log a time lies: some minutes more, since positions go by the order of commit and times by the hubs' clocks. */
export async function positionsBetween(
  tx: Tx,
  log: EventLog,
  { occurredFrom, occurredBefore }: Pick<ReceiptFilter, 'occurredFrom' | 'occurredBefore'>,
): Promise<Positions> {
  return {
    first: occurredFrom && (await log.positionBefore(tx, occurredFrom)),
    last: occurredBefore && (await log.positionAfter(tx, occurredBefore)),
  };
}

interface Readers {
  database: Database;
  log: EventLog;
}

/**
 * @param page its cursors are ids of events; the receipts of those need not match.
 * @throws SearchTookTooLong
 */
export async function searchReceipts(
  { database, log }: Readers,
  filter: ReceiptFilter,
  page: PageWish,
  limitInMilliseconds = 10_000,
): Promise<PageOfRows<Receipted>> {
  return searchWithin(database, limitInMilliseconds, (tx) => listReceipts(tx, log, filter, page));
}

/** As `searchReceipts`, however long it takes. */
export async function listReceipts(
  tx: Tx,
  log: EventLog,
  filter: ReceiptFilter,
  page: PageWish,
): Promise<PageOfRows<Receipted>> {
  const conditions = await conditionsOf(tx, log, filter);
  const [after, before] = [page.after, page.before].map((id) => id && log.positionOf(id));
  conditions.add(page.order === 'asc' ? 'position > ?' : 'position < ?', after);
  conditions.add(page.order === 'asc' ? 'position < ?' : 'position > ?', before);
  const direction = directionOf(page);
  const rows = await tx.rows<{ position: number }>(
    `select position from revocation_receipt r where ${conditions.text}
      group by position order by position ${direction} limit ${page.limit + 1}`,
    conditions.values,
  );
  const positions = rows.map(({ position }) => position);
  const known = new Map((await receiptsAt(tx, log, positions)).map((each) => [each.position, each]));
  return pageOfRows(
    positions.map((position) => known.get(position)!),
    page,
  );
}

/** @returns all receipts of the events at these positions that have any, oldest first. */
export async function receiptsAt(tx: Tx, log: EventLog, positions: readonly number[]): Promise<Receipted[]> {
  const rows = await tx.rows<Row>(AT, [positions, DESTINATION_DELETED]);
  const found = new Map<number, Receipted>();
  for (const row of rows) {
    const { position, eventType, occurredAt, organizationId, directoryId, personId, ...receipt } = row;
    const id = log.idOf(position, occurredAt);
    const facts = { id, position, eventType, occurredAt, organizationId, directoryId, personId };
    if (!found.has(position)) found.set(position, { ...facts, receipts: [] });
    found.get(position)!.receipts.push(receipt);
  }
  return [...found.values()];
}

async function conditionsOf(tx: Tx, log: EventLog, filter: ReceiptFilter): Promise<Conditions> {
  const { occurredFrom, occurredBefore, state } = filter;
  const conditions = new Conditions();
  conditions.add(isOfTypes('?'), filter.eventTypes);
  conditions.add('organization_id = ?', filter.organizationId);
  conditions.add('directory_id = ?', filter.directoryId);
  conditions.add('person_id = ?', filter.personId);
  conditions.add('destination_id = ?', filter.destinationId);
  if (state) conditions.say(STATE[state]);
  conditions.add('occurred_at >= ?', occurredFrom);
  conditions.add('occurred_at < ?', occurredBefore);
  // Said for the planner: there is no index of times, and needs to be none.
  const { first, last } = filter.positions ?? (await positionsBetween(tx, log, filter));
  conditions.add('position >= ?', first);
  conditions.add('position <= ?', last);
  return conditions;
}

const HAS_DESTINATION = 'exists (select from destination d where d.id = r.destination_id)';

// As texts and not as values, so that the planner sees that the index of what is not acknowledged will do.
const STATE: Readonly<Record<ReceiptState, string>> = {
  requested: `(state = 'requested' and ${HAS_DESTINATION})`,
  acknowledged: `state = 'acknowledged'`,
  failed: `(state in ('failed', 'requested') and (state = 'failed' or not ${HAS_DESTINATION}))`,
  superseded: `state = 'superseded'`,
};

type Row = Omit<Receipted, 'id' | 'receipts'> & Receipt;

const AT = `
  select r.position, r.event_type as "eventType", r.occurred_at as "occurredAt", r.organization_id as "organizationId",
         r.directory_id as "directoryId", r.person_id as "personId", r.destination_id as "destinationId", r.protocol,
         r.endpoint, r.attempts, r.requested_at as "requestedAt", r.first_attempt_at as "firstAttemptAt",
         r.last_attempt_at as "lastAttemptAt", r.acknowledged_at as "acknowledgedAt", r.status, r.jti,
         case when r.state = 'requested' and d.id is null then 'failed' else r.state end as state,
         case when r.state = 'requested' and d.id is null then $2 else r.reason end as reason
    from revocation_receipt r left join destination d on d.id = r.destination_id
   where r.position = any($1)
   order by r.position, r.destination_id`;
