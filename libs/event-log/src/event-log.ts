/** Reading the log: a reader needs one integer, and never sees a hole. */
import type { Database, Tx } from '@app/runtime';
import { EventIds } from './event-ids.js';

/** A row of the log, with its public id. */
export interface Entry {
  position: number;
  id: string;
  directoryId: string;
  organizationId: string;
  sequence: number;
  type: string;
  subjects: string[];
  data: unknown;
  previous: unknown;
  requestId: string;
  occurredAt: string;
}

export interface Selection {
  /** Exclusive. */
  after: number;
  limit: number;
  /** Inclusive. */
  upTo?: number;
  /** Only these types; all when absent. */
  types?: string[];
  organizationId?: string;
  directoryId?: string;
  organizationIds?: string[];
  directoryIds?: string[];
  /** Events that are about any of these. */
  subjects?: string[];
  occurredFrom?: Date;
  occurredBefore?: Date;
}

/** A part of the log that fits into a bound of bytes. */
export interface LogPage {
  entries: Entry[];
  /** Of each entry, the bytes of what happened as it is stored. */
  bytes: number[];
  /** There was nothing more to read. */
  complete: boolean;
}

interface Row {
  position: number;
  directory_id: string;
  organization_id: string;
  sequence: number;
  type: string;
  subjects: string[];
  data: unknown;
  previous: unknown;
  request_id: string;
  occurred_at: Date;
}

const COLUMNS =
  'position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at';

const BYTES = 'octet_length(data::text) + coalesce(octet_length(previous::text), 0)';

/** The condition with its values, of which `$2` is the limit. */
function conditionsOf(selection: Selection): { condition: string; values: unknown[] } {
  const values: unknown[] = [selection.after, selection.limit];
  const conditions = ['position > $1'];
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition.replaceAll('?', `$${values.length}`));
  };
  add('position <= ?', selection.upTo);
  add('type = any(?)', selection.types);
  add('organization_id = ?', selection.organizationId);
  add('directory_id = ?', selection.directoryId);
  add('organization_id = any(?)', selection.organizationIds);
  add('directory_id = any(?)', selection.directoryIds);
  add('(subjects[1] = any(?) or subjects[2] = any(?))', selection.subjects);
  add('occurred_at >= ?', selection.occurredFrom);
  add('occurred_at < ?', selection.occurredBefore);
  return { condition: conditions.join(' and '), values };
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
    const rows = await tx.rows<Row>(
      `select ${COLUMNS} from event where ${condition} order by position limit $2`,
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
    const rows = await tx.rows<Row & { bytes: number; found: number }>(
      `select ${COLUMNS}, bytes, found
         from (select *, sum(bytes) over (order by position) as total, count(*) over () as found
                 from (select ${COLUMNS}, ${BYTES} as bytes
                         from event where ${condition} order by position limit $2) as read) as counted
        where total <= $${values.length} or total = bytes order by position`,
      values,
    );
    const found = rows[0]?.found ?? 0;
    return {
      entries: rows.map((row) => this.entry(row)),
      bytes: rows.map((row) => row.bytes),
      complete: found < selection.limit && rows.length === found,
    };
  }

  /** The events at exactly these positions, oldest first. */
  async at(tx: Tx, positions: number[]): Promise<Entry[]> {
    const rows = await tx.rows<Row>(
      `select ${COLUMNS} from event where position = any($1) order by position`,
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

  private entry(row: Row): Entry {
    return {
      position: row.position,
      id: this.ids.idOf(row.position, row.occurred_at),
      directoryId: row.directory_id,
      organizationId: row.organization_id,
      sequence: row.sequence,
      type: row.type,
      subjects: row.subjects,
      data: row.data,
      previous: row.previous ?? undefined,
      requestId: row.request_id,
      occurredAt: row.occurred_at.toISOString(),
    };
  }
}
