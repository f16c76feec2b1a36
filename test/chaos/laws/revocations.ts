/** The laws of revocations: whoever leaves is ended everywhere, unless they came back; whoever did not leave is left alone. */
import {
  aboutOf,
  arrivalsOf,
  type Arrival,
  type DestinationFacts,
  type Finding,
  type Recording,
} from '../recording.js';
import { described, firstTimes, givenUpBy } from './deliveries.js';
import { isOverdue } from './senders.js';
import type { Step } from './order.js';
import { partsOf, type Part } from './parts.js';

/** Each protocol in its own terms: a logout, a command, a call, a token for each security event. */
export function revocations(destination: DestinationFacts, recording: Recording): Finding[] {
  const arrivals = arrivalsOf(destination, recording);
  const parts = new Map(partsOf(destination, recording).map((part) => [part.about, part]));
  const givenUp = givenUpBy(destination, recording);
  const taken = new Set(arrivals.filter(isTaken).map(({ about }) => about));
  const turnedDown = new Set(arrivals.filter(isTurnedDown).map(({ about }) => about));
  const missing = [...parts.values()].filter(
    ({ about, event, undone }) =>
      !undone && !taken.has(about) && !turnedDown.has(about) && !givenUp.has(event.position),
  );
  return [
    ...arrivals.flatMap((arrival) => strangeness(destination, arrival, parts.get(arrival.about))),
    ...missing.map(({ about, event, person }) =>
      finding(`${destination.name} never acknowledged '${about}' of ${person} (${described(event)})`),
    ),
  ];
}

function strangeness({ name }: DestinationFacts, arrival: Arrival, part: Part | undefined): Finding[] {
  const { about, told, arrivedAt } = arrival;
  if (!part) return [finding(`${name} was told '${about}', which is nothing that it should hear`)];
  if (told && told.person !== part.person)
    return [finding(`${name} was told '${about}' of ${told.person}, and it was ${part.person} who left`)];
  if (told?.place !== undefined && told.place !== aboutOf(part.event))
    return [finding(`${name} was told '${about}' as ${told.place}, and it is ${aboutOf(part.event)}`)];
  if (arrivedAt < part.event.occurredAt)
    return [finding(`${name} was told '${about}' of ${part.person} before it happened`)];
  return [];
}

/**
 * What must go in order. What was undone before it was acknowledged is left out, and so is what was given up: neither holds anybody
 * back. An acknowledgement that only one heard of whom a fault had hit tells nobody else anything: it was undone all the same. A poller is given many tokens at once, so that of a polled stream only the order in which they are given counts.
 */
export function stepsOfRevocations(destination: DestinationFacts, recording: Recording): Step[] {
  const arrivals = arrivalsOf(destination, recording);
  const times = firstTimes(arrivals);
  const heard = firstTimes(
    arrivals.filter(({ sender, answeredAt = 0 }) => !isOverdue(sender, answeredAt, recording.disturbances)),
  );
  const givenUp = givenUpBy(destination, recording);
  const superseded = new Set(
    recording.receipts
      .filter(({ destinationId, state }) => destinationId === destination.id && state === 'superseded')
      .map(({ txn }) => txn),
  );
  return partsOf(destination, recording).flatMap(({ about, event, person, undone }) => {
    const { sent, acknowledged } = times.get(about) ?? { sent: undefined, acknowledged: undefined };
    const isOver = undone && (heard.get(about)?.acknowledged === undefined || superseded.has(event.id));
    const step = { name: `'${about}'`, keys: [person] };
    if (destination.polled) return sent === undefined ? [] : [{ ...step, sent, acknowledged: sent }];
    return isOver || givenUp.has(event.position) ? [] : [{ ...step, sent, acknowledged }];
  });
}

export function isTaken({ acknowledgement }: Arrival): boolean {
  return acknowledgement !== 'none';
}

export function isTurnedDown({ turnedDown = 'none' }: Arrival): boolean {
  return turnedDown !== 'none';
}

function finding(sentence: string): Finding {
  return { law: 'whoever leaves is ended, and nobody else', sentence };
}
