import type { Json } from '@app/scim';
import type { DestinationEvent } from './destination/events.js';

/** What is told of a destination: where it stands, since when, and why. */
export function publishedDestination(event: DestinationEvent): { [key: string]: Json } {
  const { destination } = event.data;
  return {
    object: 'destination',
    id: destination.id,
    organization_id: destination.organizationId,
    protocol: destination.protocol,
    endpoint_host: destination.endpointHost,
    state: destination.state,
    since: event.data.since,
    ...particulars(event),
  };
}

function particulars(event: DestinationEvent): { [key: string]: Json } {
  switch (event.type) {
    case 'DestinationFailing':
      return { reason: event.data.reason, consecutive_failures: event.data.consecutiveFailures };
    case 'DestinationRecovered':
      return {};
    case 'DestinationDisabled':
    case 'DestinationPaused':
      return { reason: event.data.reason };
    case 'DestinationBacklog':
      return { events_behind: event.data.eventsBehind };
    case 'DeliverySkipped': {
      const { skipped, reason } = event.data;
      return {
        reason,
        skipped: {
          event_id: skipped.id,
          cause: skipped.cause,
          directory_id: skipped.directoryId,
          organization_id: skipped.organizationId,
          sequence: skipped.sequence,
          attempts: skipped.attempts,
          status: skipped.status,
        },
      };
    }
    case 'RevocationOverdue': {
      const { revocation, targetInSeconds } = event.data;
      return {
        target_seconds: targetInSeconds,
        revocation: {
          txn: revocation.id,
          cause: revocation.cause,
          directory_id: revocation.directoryId,
          organization_id: revocation.organizationId,
          sequence: revocation.sequence,
          attempts: revocation.attempts,
          status: revocation.status,
        },
      };
    }
  }
}
