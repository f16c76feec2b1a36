/** Reading the log: a reader needs one integer, and never sees a hole. */
import { Statement, type Database, type Tx } from '@app/runtime';
import { entryOf, ENTRY_COLUMNS, type Entry, type EntryRow } from './entry.js';
import { EventIds } from './event-ids.js';
import { readFeed, type FeedRead } from './feed.js';
import { conditionsOf, type Selection } from './selection.js';

/** A part of the log that fits into a bound of bytes. */
export interface LogPage {
  entries: Entry[];
  /** Of each entry, the bytes of what happened as it is stored. */
  bytes: number[];
  /** There was nothing more to read. */
  complete: boolean;
}

const BYTES = 'octet_length(data::text) + coalesce(octet_length(previous::text), 0)';

/** What followers of the log ask for, by what they restrict it to. */
const FOLLOWED: Readonly<Record<string, string>> = {
  '': 'log-page',
  organizationId: 'log-page-of-an-organization',
  types: 'log-page-of-types',
  'organizationId types': 'log-page-of-types-of-an-organization',
  'types upTo': 'log-page-of-types-up-to',
  upTo: 'log-page-up-to',
};

/** What is asked for again and again keeps its plan; what people search for is planned for their values. */
function statementFor(
  { after: _after, limit: _limit, ...filter }: Selection,
  text: string,
): string | Statement {
  const names = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const followed = FOLLOWED[names.sort().join(' ')];
  return followed === undefined ? text : new Statement(followed, text);
}

/** Of machines that keep time at all; a margin costs a few events that are looked at in vain. */
const CLOCKS_DIFFER_AT_MOST_IN_MILLISECONDS = 15 * 60_000;

/** How far back and forth the log goes right now. */
export async function headPosition(tx: Tx): Promise<number> {
  const [head] = await tx.rows<{ position: number }>('select position from log_head');
  return head!.position;
}

export class EventLog {
  private constructor(private readonly ids: EventIds) {}

  /** Reads the log's salt once; ids are made and checked without the database from then on. */
  static async open(database: Database): Promise<EventLog> {
    const [head] = await database.rows<{ salt: Buffer }>('select salt from log_head');
    if (!head) throw new Error('the log has no head row: the database was not migrated by this software');
    return new EventLog(new EventIds(head.salt));
  }

  idOf(position: number, occurredAt: Date): string {
    return this.ids.idOf(position, occurredAt);
  }

  /** @returns undefined for an id that this log never gave out. */
  positionOf(id: string): number | undefined {
    return this.ids.positionOf(id);
  }

  /** When the event of an id happened; the id must be one that `positionOf` accepts. */
  timeOf(id: string): Date {
    return this.ids.timeOf(id);
  }

  /** Events after a position, oldest first. */
  async after(tx: Tx, selection: Selection): Promise<Entry[]> {
    const { condition, values } = conditionsOf(selection);
    const rows = await tx.rows<EntryRow>(
      `select ${ENTRY_COLUMNS} from event where ${condition} order by position limit $2`,
      values,
    );
    return rows.map((row) => this.entry(row));
  }

  /**
   * Events after a position, oldest first, as many as fit into so many bytes: at least one, however large it is. PostgreSQL
   * knows the length of a value without reading it, so what does not fit is not read.
   */
  async page(tx: Tx, selection: Selection, bytesAtMost: number): Promise<LogPage> {
    const { condition, values } = conditionsOf(selection);
    values.push(bytesAtMost);
    const rows = await tx.rows<EntryRow & { bytes: number; found: number }>(
      statementFor(
        selection,
        `select ${ENTRY_COLUMNS}, bytes, found
         from (select *, sum(bytes) over (order by position) as total, count(*) over () as found
                 from (select ${ENTRY_COLUMNS}, ${BYTES} as bytes
                         from event where ${condition} order by position limit $2) as read) as counted
        where total <= $${values.length} or total = bytes order by position`,
      ),
      values,
    );
    const found = rows[0]?.found ?? 0;
    return {
      entries: rows.map((row) => this.entry(row)),
      bytes: rows.map((row) => row.bytes),
      complete: found < selection.limit && rows.length === found,
    };
  }

  /** As `page`, for those who read over HTTP: with the end of the log that it was read up to. */
  feed(database: Database, selection: Selection, bytesAtMost: number): Promise<FeedRead> {
    return database.inOrder((tx) => readFeed(tx, this.ids, { selection, bytesAtMost }));
  }

  /** The events at exactly these positions, oldest first. */
  async at(tx: Tx, positions: number[]): Promise<Entry[]> {
    const rows = await tx.rows<EntryRow>(
      `select ${ENTRY_COLUMNS} from event where position = any($1) order by position`,
      [positions],
    );
    return rows.map((row) => this.entry(row));
  }

  /**
   * A position up to which everything happened before a time. Positions go by the order of commit and times by the hubs'
   * clocks, so it lies some minutes early on purpose; about thirty look-ups, however long the log is.
   */
  async positionBefore(tx: Tx, time: Date): Promise<number> {
    const early = new Date(time.getTime() - CLOCKS_DIFFER_AT_MOST_IN_MILLISECONDS);
    let low = 0;
    let high = await headPosition(tx);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [row] = await tx.rows<{ occurred_at: Date }>(
        'select occurred_at from event where position > $1 order by position limit 1',
        [middle],
      );
      if (row && row.occurred_at < early) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A position after which nothing happened before a time; some minutes late, as `positionBefore` is early. */
  positionAfter(tx: Tx, time: Date): Promise<number> {
    return this.positionBefore(tx, new Date(time.getTime() + 2 * CLOCKS_DIFFER_AT_MOST_IN_MILLISECONDS));
  }

  /** The ids of the events at these positions. */
  async idsAt(tx: Tx, positions: number[]): Promise<Map<number, string>> {
    const rows = await tx.rows<{ position: number; occurred_at: Date }>(
      'select position, occurred_at from event where position = any($1)',
      [positions],
    );
    return new Map(rows.map((row) => [row.position, this.ids.idOf(row.position, row.occurred_at)]));
  }

  /** How many bytes the events at these positions have, oldest first. */
  async bytesAt(tx: Tx, positions: number[]): Promise<{ position: number; bytes: number }[]> {
    return tx.rows(
      `select position, ${BYTES} as bytes from event where position = any($1) order by position`,
      [positions],
    );
  }

  private entry(row: EntryRow): Entry {
    return entryOf(row, this.ids);
  }
}
