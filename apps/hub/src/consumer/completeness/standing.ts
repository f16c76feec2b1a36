/** Where a directory, or all of an organization, stands in the log at the moment of a transaction. */
import type { EventLog } from '@app/event-log';
import type { Tx } from '@app/runtime';
import { notFound, type ApiError } from '../api-error.js';

export interface Scope {
  of: 'directory' | 'organization';
  id: string;
}

export interface Standing {
  scope: Scope;
  organizationId: string;
  directoryIds: string[];
  /** What the first line of an answer says of it. */
  shown: object;
}

interface Row {
  position: number;
  organizationId: string | null;
  directoryId: string | null;
  sequence: number;
}

const standing = (directories: string): string => `
  select head.position, found."organizationId", found."directoryId", coalesce(own.sequence, 0) as sequence
    from log_head as head
    left join (${directories}) as found on true
    left join directory_head as own on own.directory_id = found."directoryId"
   order by found."directoryId"`;

const STANDING: Readonly<Record<Scope['of'], string>> = {
  directory: standing(
    'select d.organization_id as "organizationId", d.id as "directoryId" from directory d where d.id = $1',
  ),
  organization: standing(
    `select o.id as "organizationId", d.id as "directoryId"
       from organization o left join directory d on d.organization_id = o.id where o.id = $1`,
  ),
};

/**
 * To be asked first in a repeatable-read transaction: writers change resources and the head of the log together, so what
 * that transaction reads of resources is how they are at exactly this position.
 * @throws ApiError 404
 */
export async function standingOf(
  { tx, log, now }: { tx: Tx; log: EventLog; now: Date },
  scope: Scope,
): Promise<Standing> {
  const rows = await tx.rows<Row>(STANDING[scope.of], [scope.id]);
  const { position, organizationId } = rows[0]!;
  if (organizationId === null) throw notKnown(scope);
  const sequences = rows.flatMap(({ directoryId, sequence }) =>
    directoryId === null ? [] : [[directoryId, sequence] as const],
  );
  const whose =
    scope.of === 'directory'
      ? { directory_id: scope.id, organization_id: organizationId, sequence: sequences[0]![1] }
      : { organization_id: organizationId, sequences: Object.fromEntries(sequences) };
  return {
    scope,
    organizationId,
    directoryIds: sequences.map(([id]) => id),
    shown: {
      ...whose,
      position_cursor: await cursorAt({ tx, log, now }, position),
      created_at: now.toISOString(),
    },
  };
}

export function notKnown({ of, id }: Scope): ApiError {
  return notFound(of === 'directory' ? 'Directory' : 'Organization', id);
}

/** The id to poll events after; null where there is no event yet. An event that is kept no more still has its place. */
async function cursorAt(
  { tx, log, now }: { tx: Tx; log: EventLog; now: Date },
  position: number,
): Promise<string | null> {
  if (position === 0) return null;
  return (await log.idsAt(tx, [position])).get(position) ?? log.idOf(position, now);
}
