/** The law of revocations: whoever leaves is ended everywhere, unless they came back; whoever did not leave is left alone. */
import {
  arrivalsOf,
  type DestinationFacts,
  type Finding,
  type LoggedEvent,
  type Recording,
} from '../recording.js';

const LEAVING: ReadonlySet<string> = new Set(['UserDeactivated', 'UserDeleted']);

export function revocations(destination: DestinationFacts, recording: Recording): Finding[] {
  const { organizationId } = destination;
  const people = new Map<string, LoggedEvent[]>();
  for (const event of recording.log) {
    if (organizationId !== null && event.organizationId !== organizationId) continue;
    if (!LEAVING.has(event.type) && event.type !== 'UserReactivated') continue;
    const [person] = event.subjects;
    people.set(person!, [...(people.get(person!) ?? []), event]);
  }
  const arrivals = arrivalsOf(destination, recording);
  const strange = arrivals
    .filter(({ about }) => !people.get(about)?.some(({ type }) => LEAVING.has(type)))
    .map(({ about }) =>
      finding(`${destination.name} was told to end the sessions of ${about}, who never left`),
    );
  const unsigned = arrivals
    .filter(({ signed }) => !signed)
    .map(({ about }) =>
      finding(`${destination.name} was told of ${about} with a token that does not verify`),
    );
  const missing = [...people].flatMap(([person, events]) => {
    const acknowledgedAt = arrivals
      .filter(({ about, acknowledgement }) => about === person && acknowledgement !== 'none')
      .map(({ arrivedAt }) => arrivedAt);
    return unanswered(events, acknowledgedAt).map((event) =>
      finding(
        `${destination.name} never acknowledged that ${person} left (${event.type}, position ${event.position})`,
      ),
    );
  });
  return [...strange, ...unsigned, ...missing];
}

/**
 * A call names the person and not the event, so each leaving since the last return is given the first acknowledgement that
 * arrived after it and is nobody else's.
 */
function unanswered(events: readonly LoggedEvent[], acknowledgedAt: readonly number[]): LoggedEvent[] {
  const returned = events.findLastIndex(({ type }) => type === 'UserReactivated');
  const left = [...acknowledgedAt].sort((one, other) => one - other);
  return events.slice(returned + 1).filter(({ occurredAt }) => {
    const answer = left.findIndex((at) => at >= occurredAt);
    if (answer >= 0) left.splice(answer, 1);
    return answer < 0;
  });
}

function finding(sentence: string): Finding {
  return { law: 'whoever leaves is ended, and nobody else', sentence };
}
