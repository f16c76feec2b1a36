/** The filters of delivery attempts as people write them into a query. */
import {
  ATTEMPT_KINDS,
  eventsAbout,
  OUTCOME_KINDS,
  type AttemptFilter,
  type AttemptKind,
} from '@app/delivery';
import type { EventLog } from '@app/event-log';
import type { Database } from '@app/runtime';
import type { Directories } from '@app/tenancy';
import { textOf, timeOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';

export interface FilterReaders {
  database: Database;
  log: EventLog;
  directories: Directories;
}

/** @throws ApiError 422 for what cannot be meant. What names nothing that exists finds nothing. */
export async function attemptFilterOf(query: Query, readers: FilterReaders): Promise<AttemptFilter> {
  const directoryId = textOf(query, 'directory');
  // A directory has one organization, and there is an index for that.
  const directory = directoryId === undefined ? null : await readers.directories.find(directoryId);
  return {
    destinationId: textOf(query, 'destination'),
    organizationId: textOf(query, 'organization_id') ?? directory?.organizationId,
    directoryId,
    kind: oneOf(ATTEMPT_KINDS, 'kind', textOf(query, 'kind')) as AttemptKind | undefined,
    outcome: oneOf(OUTCOME_KINDS, 'outcome', textOf(query, 'outcome')),
    status: statusOf(textOf(query, 'status')),
    startedFrom: timeOf(query, 'range_start'),
    startedBefore: timeOf(query, 'range_end'),
    ...(await eventsOf(query, readers)),
  };
}

/** By one event, by the events of a person or a group, or by both. */
async function eventsOf(
  query: Query,
  { database, log }: FilterReaders,
): Promise<Pick<AttemptFilter, 'positions' | 'notBefore'>> {
  const eventId = textOf(query, 'event');
  const subjectId = textOf(query, 'subject');
  const position = eventId === undefined ? undefined : positionOf(log, eventId);
  if (subjectId === undefined) {
    return position === undefined ? {} : { positions: [position], notBefore: log.timeOf(eventId!) };
  }
  const { positions, oldestAt } = await eventsAbout(database, subjectId);
  const chosen = position === undefined ? positions : positions.filter((each) => each === position);
  return { positions: chosen, notBefore: oldestAt };
}

export function positionOf(log: EventLog, eventId: string, field = 'event'): number {
  const position = log.positionOf(eventId);
  if (position !== undefined) return position;
  throw invalid([
    { field, code: 'invalid_event', message: `${field} must be the id of an event, such as event_01…` },
  ]);
}

function oneOf(choices: readonly string[], field: string, text: string | undefined): string | undefined {
  if (text === undefined || choices.includes(text)) return text;
  throw invalid([
    { field, code: `invalid_${field}`, message: `${field} must be one of ${choices.join(', ')}` },
  ]);
}

/** `404`, a class such as `4xx`, or `none` where nobody answered. */
function statusOf(text: string | undefined): AttemptFilter['status'] {
  if (text === undefined || text === 'none') return text;
  if (/^[1-5]\d\d$/.test(text)) return { from: Number(text), to: Number(text) };
  const hundreds = /^([1-5])xx$/i.exec(text)?.[1];
  if (hundreds) return { from: Number(hundreds) * 100, to: Number(hundreds) * 100 + 99 };
  const message = 'status must be a status such as 404, a class such as 4xx, or none';
  throw invalid([{ field: 'status', code: 'invalid_status', message }]);
}
