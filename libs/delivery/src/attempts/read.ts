/** Reading the attempts: newest first or oldest first, page by page, or one by its id. */
import {
  Conditions,
  crockford,
  directionOf,
  pageOfRows,
  searchWithin,
  type Database,
  type PageOfRows,
  type PageWish,
  type Tx,
} from '@app/runtime';
import { firstUuidAt, uuidOf, type AttemptKind } from './record.js';

export interface AttemptFilter {
  destinationId?: string | undefined;
  organizationId?: string | undefined;
  directoryId?: string | undefined;
  /** Of events; what follows from nothing finds nothing. */
  positions?: readonly number[] | undefined;
  /** Events are not attempted before they happen: attempts before this time need not be looked at. */
  notBefore?: Date | undefined;
  kind?: AttemptKind | undefined;
  outcome?: string | undefined;
  /** Inclusive, both; `none`: there was no answer. */
  status?: { from: number; to: number } | 'none' | undefined;
  /** Inclusive. */
  startedFrom?: Date | undefined;
  /** Exclusive. */
  startedBefore?: Date | undefined;
}

export interface Attempt {
  id: string;
  destinationId: string;
  organizationId: string | null;
  directoryId: string | null;
  position: number | null;
  /** Of the event. */
  occurredAt: Date | null;
  attempt: number;
  kind: AttemptKind;
  batchSize: number;
  startedAt: Date;
  durationInMilliseconds: number;
  outcome: string;
  status: number | null;
  error: string | null;
  /** The first bytes of the answer. For the operator's eyes only: it may come from inside their network. */
  answer: string | null;
  worker: string;
  /** Of the event; null when it was about none. */
  eventType: string | null;
  requestId: string | null;
}

export type AttemptPage = PageOfRows<Attempt>;

/** No attempt has this id, as no attempt could. */
export class NotAnAttempt extends Error {
  constructor(readonly id: string) {
    super(`${id} is not the id of a delivery attempt`);
    this.name = 'NotAnAttempt';
  }
}

/** The worker's clock may be behind the hub's. */
const CLOCKS_DIFFER_IN_MILLISECONDS = 3_600_000;

/** @throws SearchTookTooLong or NotAnAttempt. */
export async function searchAttempts(
  database: Database,
  filter: AttemptFilter,
  page: PageWish,
  limitInMilliseconds = 10_000,
): Promise<AttemptPage> {
  return searchWithin(database, limitInMilliseconds, (tx) => listAttempts(tx, filter, page));
}

export async function listAttempts(tx: Tx, filter: AttemptFilter, page: PageWish): Promise<AttemptPage> {
  const { after, before } = page;
  const conditions = new Conditions();
  addFilter(conditions, filter);
  conditions.addCursors({ ...page, after: after && known(after), before: before && known(before) });
  const [direction, limit] = [directionOf(page), page.limit + 1];
  const found = await tx.rows<Row>(
    filter.positions
      ? ofEvents(conditions, direction, limit)
      : selected(`select * from delivery_attempt where ${conditions.text}`, direction, limit),
    conditions.values,
  );
  return pageOfRows(found.map(attemptOf), page);
}

/** @returns undefined for one that is not, or no longer, kept. Looks into the partition of its day only. */
export async function findAttempt(tx: Tx, id: string): Promise<Attempt | undefined> {
  const uuid = uuidOf(id);
  if (!uuid) return undefined;
  const [row] = await tx.rows<Row>(selected('select * from delivery_attempt where id = $1', 'asc', 1), [
    uuid,
  ]);
  return row && attemptOf(row);
}

/** Told to be made before it is sorted: walking all attempts in order until enough fit could take for ever. */
function ofEvents(conditions: Conditions, direction: string, limit: number): string {
  return `with found as materialized (select * from delivery_attempt where ${conditions.text})
  ${selected('select * from found', direction, limit)}`;
}

function selected(source: string, direction: string, limit: number): string {
  return `select a.*, e.type as event_type, e.request_id
  from (${source} order by id ${direction} limit ${limit}) a left join event e on e.position = a.position
 order by a.id ${direction}`;
}

function addFilter(conditions: Conditions, filter: AttemptFilter): void {
  const { startedFrom, startedBefore, status, outcome, notBefore } = filter;
  conditions.add('destination_id = ?', filter.destinationId);
  conditions.add('organization_id = ?', filter.organizationId);
  conditions.add('directory_id = ?', filter.directoryId);
  conditions.add('position = any(?)', filter.positions);
  conditions.add('kind = ?', filter.kind);
  conditions.add('outcome = ?', outcome);
  if (status === 'none') conditions.say('status is null');
  else if (status) {
    conditions.add('status >= ?', status.from);
    conditions.add('status <= ?', status.to);
  }
  // Said for the planner: there are indexes of what did not go well. (A session that is not there is ended: a 404 delivers.)
  if ((outcome && outcome !== 'delivered') || status === 'none' || (status && status.from >= 300))
    conditions.say(`(outcome <> 'delivered' or status >= 300)`);
  // As ids, which begin with the time: partitions out of the range are not even opened.
  conditions.add('id >= ?', startedFrom && firstUuidAt(startedFrom));
  conditions.add('id < ?', startedBefore && firstUuidAt(startedBefore));
  const earliest = notBefore && new Date(notBefore.getTime() - CLOCKS_DIFFER_IN_MILLISECONDS);
  conditions.add('id >= ?', earliest && firstUuidAt(earliest));
}

function known(id: string): string {
  const uuid = uuidOf(id);
  if (!uuid) throw new NotAnAttempt(id);
  return uuid;
}

interface Row {
  id: string;
  destination_id: string;
  organization_id: string | null;
  directory_id: string | null;
  position: number | null;
  occurred_at: Date | null;
  attempt: number;
  kind: AttemptKind;
  batch_size: number;
  started_at: Date;
  duration_in_milliseconds: number;
  outcome: string;
  status: number | null;
  error: string | null;
  answer: string | null;
  worker: string;
  event_type: string | null;
  request_id: string | null;
}

function attemptOf(row: Row): Attempt {
  return {
    id: `attempt_${crockford(Buffer.from(row.id.replaceAll('-', ''), 'hex'))}`,
    destinationId: row.destination_id,
    organizationId: row.organization_id,
    directoryId: row.directory_id,
    position: row.position,
    occurredAt: row.occurred_at,
    attempt: row.attempt,
    kind: row.kind,
    batchSize: row.batch_size,
    startedAt: row.started_at,
    durationInMilliseconds: row.duration_in_milliseconds,
    outcome: row.outcome,
    status: row.status,
    error: row.error,
    answer: row.answer,
    worker: row.worker,
    eventType: row.event_type,
    requestId: row.request_id,
  };
}
