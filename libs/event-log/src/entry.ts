/** A row of the log as its readers have it. */
import type { EventIds } from './event-ids.js';

/** With its public id. */
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

export interface EntryRow {
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

export const ENTRY_COLUMNS =
  'position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at';

export function entryOf(row: EntryRow, ids: EventIds): Entry {
  return {
    position: row.position,
    id: ids.idOf(row.position, row.occurred_at),
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
