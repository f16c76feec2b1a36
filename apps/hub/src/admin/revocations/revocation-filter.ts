/** The filters of revocations as people write them into a query. */
import { RECEIPT_STATES, type ReceiptFilter, type ReceiptState } from '@app/delivery';
import type { EventLog } from '@app/event-log';
import { REVOCATION_CAUSES, typesOfCauses, type RevocationCause } from '@app/revocation';
import type { Directories } from '@app/tenancy';
import { ApiError } from '../../consumer/api-error.js';
import { textOf, timeOf, type Query } from '../../consumer/query.js';
import { invalid } from '../../consumer/validation.js';
import { eventIdOf } from './revocation-id.js';

/** @throws ApiError 422 for what cannot be meant. What names nothing that exists finds nothing. */
export async function revocationFilterOf(query: Query, directories: Directories): Promise<ReceiptFilter> {
  const directoryId = textOf(query, 'directory');
  // A directory has one organization, and there is an index for that.
  const directory = directoryId === undefined ? null : await directories.find(directoryId);
  const cause = oneOf<RevocationCause>(query, 'cause', REVOCATION_CAUSES);
  return {
    eventTypes: typesOfCauses(cause && [cause]),
    organizationId: textOf(query, 'organization_id') ?? directory?.organizationId,
    directoryId,
    personId: textOf(query, 'person'),
    destinationId: textOf(query, 'destination'),
    state: oneOf<ReceiptState>(query, 'state', RECEIPT_STATES),
    ...periodOf(query),
  };
}

/** @throws ApiError 422 where the period ends before it begins. */
export function periodOf(query: Query): Pick<ReceiptFilter, 'occurredFrom' | 'occurredBefore'> {
  const [occurredFrom, occurredBefore] = [timeOf(query, 'from'), timeOf(query, 'to')];
  if (occurredFrom && occurredBefore && occurredFrom >= occurredBefore) {
    const message = 'to must be later than from: the period ends just before it';
    throw invalid([{ field: 'to', code: 'invalid_range', message }]);
  }
  return { occurredFrom, occurredBefore };
}

/** A cursor of a page, as the log knows it. @throws ApiError 400 */
export function cursorOf(log: EventLog, id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const eventId = eventIdOf(id);
  if (eventId !== undefined && log.positionOf(eventId) !== undefined) return eventId;
  const message = `'${id}' is not the id of a revocation. Leave the cursor out to start at the end.`;
  throw new ApiError(400, 'invalid_cursor', message);
}

export function oneOf<Choice extends string>(
  query: Query,
  field: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textOf(query, field);
  if (text === undefined || choices.includes(text as Choice)) return text as Choice | undefined;
  const message = `${field} must be one of ${choices.join(', ')}`;
  throw invalid([{ field, code: `invalid_${field}`, message }]);
}
