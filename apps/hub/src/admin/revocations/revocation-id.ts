/** A revocation is an event that ended sessions, under a name of its own: its id is the event's, and needs no table. */

const PREFIX = 'revocation_';
const EVENT_PREFIX = 'event_';

export function revocationIdOf(eventId: string): string {
  return PREFIX + eventId.slice(EVENT_PREFIX.length);
}

/** @returns undefined for what is no id of a revocation. Whether there is such an event, the log says. */
export function eventIdOf(revocationId: string): string | undefined {
  if (!revocationId.startsWith(PREFIX)) return undefined;
  return EVENT_PREFIX + revocationId.slice(PREFIX.length);
}
