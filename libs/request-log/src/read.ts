/** Reading the request log: newest first or oldest first, page by page, or one request by its id. */
import type { Database, Tx } from '@app/runtime';
import { firstIdAt, isRequestId } from './days.js';
import type { Outcome, RequestRecord } from './record.js';

export interface RequestFilter {
  id?: string | undefined;
  directoryId?: string | undefined;
  organizationId?: string | undefined;
  method?: string | undefined;
  outcome?: Outcome | undefined;
  /** Inclusive, both. */
  status?: { from: number; to: number } | undefined;
  /** Anywhere in path and query, in any case, as people write it or percent-encoded. */
  pathContains?: string | undefined;
  /** Inclusive. */
  receivedFrom?: Date | undefined;
  /** Exclusive. */
  receivedBefore?: Date | undefined;
}

export interface PageWish {
  limit: number;
  order: 'asc' | 'desc';
  after?: string | undefined;
  before?: string | undefined;
}

export interface RequestPage {
  data: RequestRecord[];
  /** The id to ask for the page before or after this one with; null where there is none. */
  before: string | null;
  after: string | null;
}

const COLUMNS = `id, received_at as "receivedAt", directory_id as "directoryId", organization_id as "organizationId",
  token_id as "tokenId", method, path, user_agent as "userAgent", body, body_cut as "bodyCut",
  body_bytes as "bodyBytes", dialect, quirks, ignored, unknown_members as "unknownMembers", outcome, status,
  scim_type as "scimType", detail, duration_in_milliseconds as "durationInMilliseconds", events`;

/** @returns undefined for a request that is not, or no longer, in the log. Looks into the partition of its day only. */
export async function findRequest(tx: Tx, id: string): Promise<RequestRecord | undefined> {
  if (!isRequestId(id)) return undefined;
  const [found] = await tx.rows<RequestRecord>(`select ${COLUMNS} from scim_request where id = $1`, [id]);
  return found;
}

/** The cursor's own record need not exist any more. */
export async function listRequests(tx: Tx, filter: RequestFilter, page: PageWish): Promise<RequestPage> {
  const { limit, order, after, before } = page;
  const conditions = new Conditions();
  conditions.addFilter(filter);
  conditions.add(order === 'asc' ? 'id > ?' : 'id < ?', after);
  conditions.add(order === 'asc' ? 'id < ?' : 'id > ?', before);
  // A page before a cursor is read from the cursor backwards, then turned round.
  const backwards = before !== undefined && after === undefined;
  const direction = (order === 'asc') !== backwards ? 'asc' : 'desc';
  const found = await tx.rows<RequestRecord>(
    `select ${COLUMNS} from scim_request where ${conditions.text} order by id ${direction} limit ${limit + 1}`,
    conditions.values,
  );
  const more = found.length > limit;
  const data = found.slice(0, limit);
  if (backwards) data.reverse();
  return {
    data,
    before: (backwards ? more : after !== undefined) ? (data[0]?.id ?? null) : null,
    after: (backwards ? true : more) ? (data.at(-1)?.id ?? null) : null,
  };
}

/** A search that reads millions of records for a handful must not keep a connection for minutes. */
export class SearchTookTooLong extends Error {
  constructor(cause: unknown) {
    super('the search in the request log took too long', { cause });
    this.name = 'SearchTookTooLong';
  }
}

const QUERY_CANCELED = '57014';

/** As `listRequests`, for so long. @throws SearchTookTooLong */
export async function searchRequests(
  database: Database,
  filter: RequestFilter,
  page: PageWish,
  limitInMilliseconds = 10_000,
): Promise<RequestPage> {
  try {
    return await database.transaction(async (tx) => {
      await tx.rows(`set local statement_timeout = ${limitInMilliseconds}`);
      return listRequests(tx, filter, page);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === QUERY_CANCELED) throw new SearchTookTooLong(error);
    throw error;
  }
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

  addFilter(filter: RequestFilter): void {
    const { receivedFrom, receivedBefore, status, outcome } = filter;
    this.add('id = ?', filter.id);
    this.add('directory_id = ?', filter.directoryId);
    this.add('organization_id = ?', filter.organizationId);
    this.add('method = ?', filter.method);
    this.add('outcome = ?', outcome);
    this.add('status >= ?', status?.from);
    this.add('status <= ?', status?.to);
    // Said for the planner: there is an index of what did not succeed.
    if ((outcome && outcome !== 'succeeded') || (status && status.from >= 400))
      this.all.push(`outcome <> 'succeeded'`);
    const { pathContains: text } = filter;
    const spellings =
      text === undefined ? undefined : [text, encodeURIComponent(text.replace(/\p{Cs}/gu, ''))];
    this.add('exists (select from unnest(?::text[]) t where strpos(lower(path), lower(t)) > 0)', spellings);
    // As ids, which begin with the time: partitions out of the range are not even opened.
    this.add('id >= ?', receivedFrom && firstIdAt(receivedFrom));
    this.add('id < ?', receivedBefore && firstIdAt(receivedBefore));
  }
}
