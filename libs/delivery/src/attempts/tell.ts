/** One line for each attempt: with the request's id in it, a change can be followed from the PATCH to the receiver's 200. */
import type { Engine } from '../engine.js';
import type { Protocol } from '../protocol.js';
import { kindOf, type AttemptRecord } from './record.js';

export interface Telling {
  destinationId: string;
  protocol: Pick<Protocol, 'name' | 'urgency'>;
  /** The turn of work that it was made in. */
  slice: string;
}

export function tellAttempt(
  { observations, attempts }: Pick<Engine, 'observations' | 'attempts'>,
  { destinationId, protocol, slice }: Telling,
  record: AttemptRecord,
): void {
  const { about, outcome, startedAt, durationInMilliseconds } = record;
  const fields = {
    destinationId,
    protocol: protocol.name,
    urgency: protocol.urgency,
    attemptId: record.id,
    kind: kindOf(record),
    attempt: record.attempt,
    ...(about ? { eventId: about.id, position: about.position, requestId: about.requestId } : {}),
    ...(record.batchSize ? { batchSize: record.batchSize } : {}),
    outcome: outcome.kind,
    ...('status' in outcome ? { status: outcome.status } : {}),
    ...('reason' in outcome ? { reason: outcome.reason } : {}),
    startedAt: startedAt.getTime(),
    durationInMilliseconds: Math.round(durationInMilliseconds * 10) / 10,
    ...(about ? { ageInMilliseconds: startedAt.getTime() - Date.parse(about.occurredAt) } : {}),
    slice,
  };
  if (outcome.kind === 'delivered' && attempts.told === 'failures')
    observations.debug('delivery attempted', fields);
  else observations.info('delivery attempted', fields);
}
