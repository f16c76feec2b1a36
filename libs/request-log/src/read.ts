/** Reading the request log: newest first or oldest first, page by page, or one request by its id. */
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

export type RequestPage = PageOfRows<RequestRecord>;

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

/** What is still kept of these, by id; ids that no request ever had are left out. One statement, in the partitions of their days. */
export async function findRequests(
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, Omit<RequestRecord, 'body'>>> {
  const asked = ids.filter(isRequestId);
  if (asked.length === 0) return new Map();
  const found = await tx.rows<Omit<RequestRecord, 'body'>>(
    `select ${COLUMNS.replace(' body,', '')} from scim_request where id = any($1::text[])`,
    [asked],
  );
  return new Map(found.map((record) => [record.id, record]));
}

/** The cursor's own record need not exist any more. */
export async function listRequests(tx: Tx, filter: RequestFilter, page: PageWish): Promise<RequestPage> {
  const conditions = new Conditions();
  addFilter(conditions, filter);
  conditions.addCursors(page);
  const found = await tx.rows<RequestRecord>(
    `select ${COLUMNS} from scim_request where ${conditions.text} order by id ${directionOf(page)} limit ${page.limit + 1}`,
    conditions.values,
  );
  return pageOfRows(found, page);
}

export interface LastRequest {
  directoryId: string;
  receivedAt: Date;
  method: string;
  outcome: Outcome;
  status: number;
}

/** The last request of each of these directories that is kept. */
export async function lastRequests(tx: Tx, directoryIds: string[]): Promise<LastRequest[]> {
  if (directoryIds.length === 0) return [];
  return tx.rows<LastRequest>(
    `select last.* from unnest($1::text[]) as d(id) cross join lateral (
       select directory_id as "directoryId", received_at as "receivedAt", method, outcome, status
         from scim_request where directory_id = d.id order by id desc limit 1) as last`,
    [directoryIds],
  );
}

/** As `listRequests`, for so long. @throws SearchTookTooLong */
export async function searchRequests(
  database: Database,
  filter: RequestFilter,
  page: PageWish,
  limitInMilliseconds = 10_000,
): Promise<RequestPage> {
  return searchWithin(database, limitInMilliseconds, (tx) => listRequests(tx, filter, page));
}

function addFilter(conditions: Conditions, filter: RequestFilter): void {
  const { receivedFrom, receivedBefore, status, outcome } = filter;
  conditions.add('id = ?', filter.id);
  conditions.add('directory_id = ?', filter.directoryId);
  conditions.add('organization_id = ?', filter.organizationId);
  conditions.add('method = ?', filter.method);
  conditions.add('outcome = ?', outcome);
  conditions.add('status >= ?', status?.from);
  conditions.add('status <= ?', status?.to);
  // Said for the planner: there is an index of what did not succeed.
  if ((outcome && outcome !== 'succeeded') || (status && status.from >= 400))
    conditions.say(`outcome <> 'succeeded'`);
  const { pathContains: text } = filter;
  const spellings = text === undefined ? undefined : [text, encodeURIComponent(text.replace(/\p{Cs}/gu, ''))];
  conditions.add(
    'exists (select from unnest(?::text[]) t where strpos(lower(path), lower(t)) > 0)',
    spellings,
  );
  // As ids, which begin with the time: partitions out of the range are not even opened.
  conditions.add('id >= ?', receivedFrom && firstIdAt(receivedFrom));
  conditions.add('id < ?', receivedBefore && firstIdAt(receivedBefore));
}
