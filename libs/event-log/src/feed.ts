/** The log as it is read over HTTP: a page, and how far the reader has looked, which is further than the last event that it wanted. */
import { Statement, type Tx } from '@app/runtime';
import type { Entry } from './entry.js';
import type { EventIds } from './event-ids.js';
import { isPicked, pickingOf, type Picking } from './picked.js';
import { conditionsOf, type Selection } from './selection.js';

/** A place in the log that has an event, with that event's time: as much as an id holds. */
export interface Place {
  position: number;
  at: Date;
}

/**
 * An event as it was read, before its JSON is parsed. Parsed one at a time, each is garbage before the collector would have to
 * copy it; a thousand that are parsed at once are still there when it comes.
 */
export interface UnparsedEntry {
  position: number;
  entry(): Entry;
}

export interface FeedRead {
  entries: UnparsedEntry[];
  /** Where the log ended just before this was read, so nothing up to there is missing; undefined while it was empty. */
  head: Place | undefined;
  /** When the event that was read after happened; undefined when there is none at that place. */
  anchoredAt: Date | undefined;
  /** Everything that is wanted up to here was read. */
  reached: number;
  /** That is as far as the log goes. */
  complete: boolean;
}

interface Head {
  position: number;
  at: number | null;
  anchored_at: number | null;
}

/** What costs the driver much to read is sent in a form that costs little: a hub reads tens of thousands of them a second. */
interface Row {
  position: number;
  directory_id: string;
  organization_id: string;
  sequence: number;
  type: string;
  subjects: string;
  /** Null where it does not fit any more. */
  data: string | null;
  previous: string | null;
  request_id: string;
  at: number;
}

/** Whatever else somebody asks for, no more rows of the log than this are looked at for it in one read. */
export const LOOKED_AT_MOST = 50_000;

/** Rows looked at for each that is wanted, before they are picked by an index. */
const NEAR = 4;

/** What tails ask for again and again keeps its plan; the rest is planned for its values. */
const NAMED: Readonly<Record<string, string>> = {
  '': 'feed',
  'organizationId upTo': 'feed-of-an-organization',
  'organizationIds upTo': 'feed-of-organizations',
  'types upTo': 'feed-of-types',
  'organizationId types upTo': 'feed-of-types-of-an-organization',
  'organizationIds types upTo': 'feed-of-types-of-organizations',
};

const IN_MILLISECONDS = (time: string): string => `(extract(epoch from ${time}) * 1000)::bigint`;
const BYTES = 'octet_length(data::text) + coalesce(octet_length(previous::text), 0)';

const HEAD = new Statement(
  'feed-head',
  `select position, (select ${IN_MILLISECONDS('occurred_at')} from event e where e.position = h.position) as at,
          (select ${IN_MILLISECONDS('occurred_at')} from event where position = $1) as anchored_at
     from log_head h`,
);

/**
 * Events after a position, oldest first, as many as fit into so many bytes: at least one, unless none of those that were looked at
 * is wanted.
 * @param tx carries statements out in the order in which they are asked for, so that the head is from before the page.
 */
export async function readFeed(
  tx: Tx,
  ids: EventIds,
  { selection, bytesAtMost }: { selection: Selection; bytesAtMost: number },
): Promise<FeedRead> {
  const picking = pickingOf(selection);
  const range = rangeOf(selection, picking);
  const [[head], near] = await Promise.all([
    tx.rows<Head>(HEAD, [selection.after]),
    rowsOf(tx, { ...selection, ...(range === undefined ? {} : { upTo: range }) }, bytesAtMost),
  ]);
  if (!head) throw new Error('the log has no head row: the database was not migrated by this software');
  const isFarBetween = picking && near.length < selection.limit && isWhole(near) && range! < head.position;
  const rows = isFarBetween ? await pickedRows(tx, { picking, selection, bytesAtMost }) : near;
  const told = rows.filter(({ data }) => data !== null);
  const last = told.at(-1)?.position ?? selection.after;
  const isAll = isWhole(rows) && rows.length < selection.limit;
  const end = isFarBetween ? head.position : Math.min(range ?? Infinity, head.position);
  const reached = isAll ? Math.max(last, end) : last;
  return {
    entries: told.map((row) => ({ position: row.position, entry: () => entryOf(row, ids) })),
    head: head.at === null ? undefined : { position: head.position, at: new Date(head.at) },
    anchoredAt: head.anchored_at === null ? undefined : new Date(head.anchored_at),
    reached,
    complete: isAll && reached >= head.position,
  };
}

function isWhole(rows: Row[]): boolean {
  return rows.at(-1)?.data !== null;
}

/**
 * How far is looked, row by row. What an index can pick may also be most of the log, and is then read faster without picking: a few
 * times as many rows as are wanted tell.
 */
function rangeOf(
  { after, limit, upTo, ...asked }: Selection,
  picking: Picking | undefined,
): number | undefined {
  if (picking) return after + NEAR * limit;
  if (Object.values(asked).every((value) => value === undefined)) return upTo;
  return Math.min(after + LOOKED_AT_MOST, upTo ?? Infinity);
}

function rowsOf(tx: Tx, selection: Selection, bytesAtMost: number): Promise<Row[]> {
  const { after: _after, limit: _limit, ...filter } = selection;
  const { condition, values } = conditionsOf(selection);
  values.push(bytesAtMost);
  const text = textFor(condition, `$${values.length}`);
  const names = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const name = NAMED[names.sort().join(' ')];
  return tx.rows<Row>(name === undefined ? text : new Statement(name, text), values);
}

function pickedRows(
  tx: Tx,
  wish: { picking: Picking; selection: Selection; bytesAtMost: number },
): Promise<Row[]> {
  const { picking, selection, bytesAtMost } = wish;
  const text = textFor(isPicked(picking.by), '$4');
  const values = [selection.after, selection.limit, picking.names, bytesAtMost];
  return tx.rows<Row>(new Statement(`feed-by-${picking.by}`, text), values);
}

// A running total is known row by row; a count of them all would have PostgreSQL keep them until the last was read.
function textFor(condition: string, bytesAtMost: string): string {
  return `
    select position, directory_id, organization_id, sequence, type, array_to_string(subjects, ' ') as subjects,
           case when total <= ${bytesAtMost} or total = bytes then data end as data, previous, request_id, at
      from (select *, sum(bytes) over (order by position rows unbounded preceding) as total
              from (select position, directory_id, organization_id, sequence, type, subjects, data::text as data,
                           previous::text as previous, request_id, ${IN_MILLISECONDS('occurred_at')} as at, ${BYTES} as bytes
                      from event where ${condition} order by position limit $2) as read) as counted
     order by position`;
}

function entryOf(row: Row, ids: EventIds): Entry {
  const at = new Date(row.at);
  return {
    position: row.position,
    id: ids.idOf(row.position, at),
    directoryId: row.directory_id,
    organizationId: row.organization_id,
    sequence: row.sequence,
    type: row.type,
    subjects: row.subjects.split(' '), // ids hold no space
    data: JSON.parse(row.data!) as unknown,
    previous: row.previous === null ? undefined : ((JSON.parse(row.previous) as unknown) ?? undefined),
    requestId: row.request_id,
    occurredAt: at.toISOString(),
  };
}

/** What of an event decides whether somebody wants it. */
export interface Trace {
  position: number;
  organizationId: string;
  directoryId: string;
  type: string;
  subjects: string[];
}

const TRACES = new Statement(
  'feed-traces',
  `select position, organization_id as "organizationId", directory_id as "directoryId", type, subjects
     from event where position > $1 order by position limit $2`,
);

/** The events after a position without what they say, oldest first. */
export function tracesAfter(tx: Tx, after: number, limit: number): Promise<Trace[]> {
  return tx.rows(TRACES, [after, limit]);
}
