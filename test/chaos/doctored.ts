/** Recordings that somebody has written by hand, so that the oracle can be shown runs that went wrong. */
import { findings } from './oracle.js';
import type { AcceptedWrite, Arrival, DestinationFacts, LoggedEvent, Recording } from './recording.js';

export const hook: DestinationFacts = {
  id: 'we_1',
  name: 'hook',
  protocol: 'webhook',
  organizationId: 'org_1',
  eventTypes: [],
  ordering: 'subject',
  atOnce: 2,
  polled: false,
  givesUp: false,
  healthy: true,
};

export function logged(
  position: number,
  type: string,
  subjects: string[],
  more: Partial<LoggedEvent> = {},
): LoggedEvent {
  const publishedAs = type === 'UserCreated' ? 'dsync.user.created' : 'dsync.user.updated';
  const rest = {
    directoryId: 'd',
    organizationId: 'org_1',
    sequence: position,
    mark: null,
    occurredAt: position,
  };
  const ids = { id: `event_${position}`, requestId: `req_${position}` };
  return { position, type, subjects, publishedAs, ...ids, ...rest, ...more };
}

/** Acknowledged at once, at ten ticks for each. */
export function taken(about: string, tick: number, more: Partial<Arrival> = {}): Arrival {
  return {
    destinationId: hook.id,
    about,
    previous: about === 'd/1' ? null : Number(about.slice(2)) - 1,
    sender: 'worker 1/100',
    arrived: tick,
    arrivedAt: tick,
    acknowledgement: 'certain',
    answered: tick + 1,
    answeredAt: tick + 1,
    ended: tick + 2,
    endedAt: tick + 2,
    doubt: null,
    ...more,
  };
}

export const refused = (about: string, tick: number): Arrival =>
  taken(about, tick, { acknowledgement: 'none' });
export const writeOf = ({ type, subjects, mark, requestId }: LoggedEvent): AcceptedWrite => ({
  type,
  subjects,
  mark,
  requestId,
});

/** Of these events all were written by one lane; nothing else is in it. */
export function recordingOf(log: readonly LoggedEvent[], changes: Partial<Recording>): Recording {
  return {
    destinations: [hook],
    log,
    arrivals: [],
    disturbances: [],
    lanes: [{ name: 'lane 1', directoryId: 'd', writes: log.map(writeOf) }],
    endedWithout: [],
    receipts: [],
    incidents: [],
    ...changes,
  };
}

/** The laws that it broke. */
export function brokenIn(recording: Recording): string[] {
  return [...new Set(findings(recording, { inHandAtMost: 1 }).map(({ law }) => law))];
}
