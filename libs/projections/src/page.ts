/** Lists of resources: a filter, an order, a page, and the number of all that match; of one type or of several at once. */
import { shapeOf, type Described, type Filter, type ResourceType, type Sort } from '@app/scim';
import type { Tx } from '@app/runtime';
import { filterSql } from './find.js';
import { beyondSql, keySql, orderSql, type Place } from './order.js';
import { Parameters } from './parameters.js';
import { placedResource, type PlacedUser, type ResourceRow } from './users.js';

/** One of the types that a query is about, with the filter and the order as its schemas read them. */
export interface Part {
  type: Described;
  filter?: Filter | undefined;
  sort?: Sort | undefined;
}

/** By index: `startIndex` is 1-based, RFC 7644 §3.4.2.4. By cursor: what stands after a place, or before it; without a place the first page. */
export type Window =
  | { count: number; startIndex: number }
  | { count: number; from?: { direction: 'after' | 'before'; place: Place } | undefined };

export interface Query {
  directoryId: string;
  /** The root under which the caller sees resources. */
  baseUrl?: string | undefined;
  /** At least one. All are ordered by keys of one kind. */
  parts: readonly Part[];
  window: Window;
}

export interface Page {
  found: { type: ResourceType; resource: PlacedUser }[];
  totalResults: number;
  /** Only by cursor: where the next page begins, and where the one before ends; absent when there is none. */
  next?: Place;
  previous?: Place;
}

interface Row extends ResourceRow {
  type: ResourceType;
  /** The key as text; absent when there is no sort. */
  place?: string | null;
}

/**
 * Without a sort the oldest come first, since ids sort by time of making; the id is also the last word on every other order. So a page's
 * place does not move when a resource changes, and by cursor not when others come or go either.
 */
export async function findPage(tx: Tx, query: Query): Promise<Page> {
  const parameters = new Parameters(query.baseUrl);
  const sources = query.parts.map((part) => sourceOf(query.directoryId, part, parameters));
  const values = [...parameters.values];
  const total = async (): Promise<number> => {
    const counts = sources.map(({ table, where }) => `(select count(*) from ${table} r where ${where})`);
    const [row] = await tx.rows<{ total: number }>(`select ${counts.join(' + ')} as total`, values);
    return row!.total;
  };
  const { window } = query;
  if ('startIndex' in window) {
    const { count, startIndex } = window;
    const rows = await tx.rows<Row>(
      pageSql(sources, { parameters, limit: count, offset: startIndex - 1 }),
      parameters.values,
    );
    // A page that is not full, or the only one, tells the total by itself.
    const ended = rows.length < count && (rows.length > 0 || startIndex === 1);
    return { found: rows.map(seen), totalResults: ended ? startIndex - 1 + rows.length : await total() };
  }
  const { count, from } = window;
  // One more than shown tells whether there is another page.
  const rows = await tx.rows<Row>(
    pageSql(sources, { parameters, limit: count + 1, from }),
    parameters.values,
  );
  const complete = from === undefined && rows.length <= count;
  return { ...cut(rows, window), totalResults: complete ? rows.length : await total() };
}

export interface Wanted {
  directoryId: string;
  filter?: Filter;
  /** 1-based, RFC 7644 §3.4.2.4. */
  startIndex: number;
  count: number;
}

export interface Found {
  resources: PlacedUser[];
  totalResults: number;
}

/** A page by index of one type, oldest first. */
export async function findResources(tx: Tx, type: Described, wanted: Wanted): Promise<Found> {
  const { directoryId, filter, startIndex, count } = wanted;
  const parts = [{ type, filter }];
  const { found, totalResults } = await findPage(tx, { directoryId, parts, window: { startIndex, count } });
  return { resources: found.map(({ resource }) => resource), totalResults };
}

/** Where one type's rows come from. */
interface Source {
  type: Described;
  table: string;
  where: string;
  sort: Sort | undefined;
}

function sourceOf(directoryId: string, { type, filter, sort }: Part, parameters: Parameters): Source {
  // The directory stands outside the filter: no filter, however written, reaches another tenant.
  const tenant = `r.directory_id = ${parameters.add(directoryId)}`;
  const where = filter ? `${tenant} and (${filterSql(type, filter, parameters)})` : tenant;
  return { type, table: shapeOf(type).type === 'User' ? 'scim_user' : 'scim_group', where, sort };
}

interface Cutting {
  parameters: Parameters;
  limit: number;
  offset?: number;
  from?: { direction: 'after' | 'before'; place: Place } | undefined;
}

const COLUMNS = 'r.directory_id, r.id, r.attributes, r.version, r.created_at, r.last_modified';

function pageSql(sources: Source[], { parameters, limit, offset = 0, from }: Cutting): string {
  const { sort } = sources[0]!;
  const backwards = from?.direction === 'before';
  const order = `order by ${orderSql(sort, backwards)}`;
  const rows = sources.map((source) => {
    const { type, table, where } = source;
    const key = source.sort ? `, ${keySql(type, source.sort, parameters)} as key` : '';
    const all = `select '${shapeOf(type).type}'::text as type, ${COLUMNS}${key} from ${table} r where ${where}`;
    const beyond = from && `where ${beyondSql(sort, from.place, { backwards, parameters })}`;
    if (sort) return `select r.*, r.key::text as place from (${all}) as r ${beyond ?? ''}`;
    return beyond ? `select * from (${all}) as r ${beyond}` : all;
  });
  const last = `limit ${parameters.add(limit)} offset ${parameters.add(offset)}`;
  if (rows.length === 1) return `${rows[0]} ${order} ${last}`;
  // Of each type no more than the whole page could hold, so that each is read by its own index.
  const each = `limit ${parameters.add(offset + limit)}`;
  const parts = rows.map((one) => `(${one} ${order} ${each})`);
  return `select * from (${parts.join(' union all ')}) as r ${order} ${last}`;
}

function seen(row: Row): Page['found'][number] {
  return { type: row.type, resource: placedResource(row) };
}

function cut(rows: Row[], { count, from }: Extract<Window, { from?: unknown }>): Omit<Page, 'totalResults'> {
  const backwards = from?.direction === 'before';
  const more = rows.length > count;
  const shown = backwards ? rows.slice(0, count).reverse() : rows.slice(0, count);
  const [first, last] = [shown.at(0), shown.at(-1)];
  const hasNext = backwards || more;
  const hasPrevious = from !== undefined && (!backwards || more);
  return {
    found: shown.map(seen),
    ...(hasNext && last ? { next: placeOf(last) } : {}),
    ...(hasPrevious && first ? { previous: placeOf(first) } : {}),
  };
}

function placeOf({ place, id }: Row): Place {
  return place === undefined ? { id } : { key: place, id };
}
