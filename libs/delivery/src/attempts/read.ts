/** Reading the attempts: newest first or oldest first, page by page, or one by its id. */
import { crockford, type Database, type Tx } from '@app/runtime';
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

export interface AttemptPageWish {
  limit: number;
  order: 'asc' | 'desc';
  /** Ids of attempts, exclusive; they need not exist any more. */
  after?: string | undefined;
  before?: string | undefined;
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

export interface AttemptPage {
  data: Attempt[];
  /** The id to ask for the page before or after this one with; null where there is none. */
  before: string | null;
  after: string | null;
}

/** A search that reads millions of rows for a handful must not keep a connection for minutes. */
export class AttemptSearchTookTooLong extends Error {
  constructor(cause: unknown) {
    super('the search for delivery attempts took too long', { cause });
    this.name = 'AttemptSearchTookTooLong';
  }
}

/** No attempt has this id, as no attempt could. */
export class NotAnAttempt extends Error {
  constructor(readonly id: string) {
    super(`${id} is not the id of a delivery attempt`);
    this.name = 'NotAnAttempt';
  }
}

const QUERY_CANCELED = '57014';
/** The worker's clock may be behind the hub's. */
const CLOCKS_DIFFER_IN_MILLISECONDS = 3_600_000;

/** @throws AttemptSearchTookTooLong or NotAnAttempt. */
export async function searchAttempts(
  database: Database,
  filter: AttemptFilter,
  page: AttemptPageWish,
  limitInMilliseconds = 10_000,
): Promise<AttemptPage> {
  try {
    return await database.transaction(async (tx) => {
      await tx.rows(`set local statement_timeout = ${limitInMilliseconds}`);
      return listAttempts(tx, filter, page);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === QUERY_CANCELED) throw new AttemptSearchTookTooLong(error);
    throw error;
  }
}

export async function listAttempts(
  tx: Tx,
  filter: AttemptFilter,
  page: AttemptPageWish,
): Promise<AttemptPage> {
  const { limit, order, after, before } = page;
  const conditions = new Conditions();
  conditions.addFilter(filter);
  conditions.add(order === 'asc' ? 'id > ?' : 'id < ?', after && known(after));
  conditions.add(order === 'asc' ? 'id < ?' : 'id > ?', before && known(before));
  // A page before a cursor is read from the cursor backwards, then turned round.
  const backwards = before !== undefined && after === undefined;
  const direction = (order === 'asc') !== backwards ? 'asc' : 'desc';
  const found = await tx.rows<Row>(
    filter.positions
      ? ofEvents(conditions, direction, limit + 1)
      : selected(`select * from delivery_attempt where ${conditions.text}`, direction, limit + 1),
    conditions.values,
  );
  const more = found.length > limit;
  const data = found.slice(0, limit).map(attemptOf);
  if (backwards) data.reverse();
  return {
    data,
    before: (backwards ? more : after !== undefined) ? (data[0]?.id ?? null) : null,
    after: (backwards ? true : more) ? (data.at(-1)?.id ?? null) : null,
  };
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

class Conditions {
  readonly values: unknown[] = [];
  private readonly all = ['true'];

  get text(): string {
    return this.all.join(' and ');
  }

  add(condition: string, value: unknown): void {
    if (value === undefined) return;
    this.values.push(value);
    this.all.push(condition.replace('?', `$${this.values.length}`));
  }

  addFilter(filter: AttemptFilter): void {
    const { startedFrom, startedBefore, status, outcome, notBefore } = filter;
    this.add('destination_id = ?', filter.destinationId);
    this.add('organization_id = ?', filter.organizationId);
    this.add('directory_id = ?', filter.directoryId);
    this.add('position = any(?)', filter.positions);
    this.add('kind = ?', filter.kind);
    this.add('outcome = ?', outcome);
    if (status === 'none') this.all.push('status is null');
    else if (status) {
      this.add('status >= ?', status.from);
      this.add('status <= ?', status.to);
    }
    // Said for the planner: there are indexes of what did not go well. (A session that is not there is ended: a 404 delivers.)
    if ((outcome && outcome !== 'delivered') || status === 'none' || (status && status.from >= 300))
      this.all.push(`(outcome <> 'delivered' or status >= 300)`);
    // As ids, which begin with the time: partitions out of the range are not even opened.
    this.add('id >= ?', startedFrom && firstUuidAt(startedFrom));
    this.add('id < ?', startedBefore && firstUuidAt(startedBefore));
    const earliest = notBefore && new Date(notBefore.getTime() - CLOCKS_DIFFER_IN_MILLISECONDS);
    this.add('id >= ?', earliest && firstUuidAt(earliest));
  }
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
