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
  occurredFrom?: Date;
  occurredBefore?: Date;
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
    const values: unknown[] = [selection.after, selection.limit];
    const conditions = ['position > $1'];
    const add = (condition: string, value: unknown): void => {
      if (value === undefined) return;
      values.push(value);
      conditions.push(condition.replace('?', `$${values.length}`));
    };
    add('position <= ?', selection.upTo);
    add('type = any(?)', selection.types);
    add('organization_id = ?', selection.organizationId);
    add('directory_id = ?', selection.directoryId);
    add('occurred_at >= ?', selection.occurredFrom);
    add('occurred_at < ?', selection.occurredBefore);
    const rows = await tx.rows<Row>(
      `select position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at
         from event where ${conditions.join(' and ')} order by position limit $2`,
      values,
    );
    return rows.map((row) => this.entry(row));
  }

  /** The events at exactly these positions, oldest first. */
  async at(tx: Tx, positions: number[]): Promise<Entry[]> {
    const rows = await tx.rows<Row>(
      `select position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at
         from event where position = any($1) order by position`,
      [positions],
    );
    return rows.map((row) => this.entry(row));
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
