import type { Attempt } from '@app/delivery';
import type { EventLog } from '@app/event-log';
import { traceIdOfRequest } from '@app/runtime';

/** `answer` and `error` may come from inside the operator's network: an API for tenants must leave them out. */
export function shownAttempt(attempt: Attempt, { log, traced }: { log: EventLog; traced: boolean }): object {
  const { position, occurredAt, requestId } = attempt;
  const eventId = position === null || occurredAt === null ? null : log.idOf(position, occurredAt);
  return {
    object: 'delivery_attempt',
    id: attempt.id,
    destination_id: attempt.destinationId,
    organization_id: attempt.organizationId,
    directory_id: attempt.directoryId,
    event_id: eventId,
    event_cause: attempt.eventType,
    position,
    request_id: requestId,
    ...(traced && requestId ? { trace_id: traceIdOfRequest(requestId) ?? null } : {}),
    kind: attempt.kind,
    attempt: attempt.attempt,
    batch_size: attempt.batchSize,
    started_at: attempt.startedAt.toISOString(),
    duration_in_milliseconds: attempt.durationInMilliseconds,
    outcome: attempt.outcome,
    status: attempt.status,
    error: attempt.error,
    answer: attempt.answer,
    worker: attempt.worker,
  };
}
