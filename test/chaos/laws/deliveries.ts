/** Laws of one webhook destination: nothing missing, nothing strange, every delivery after the one that it names. */
import {
  aboutOf,
  arrivalsOf,
  wantedBy,
  type Arrival,
  type DestinationFacts,
  type Finding,
  type LoggedEvent,
  type Recording,
} from '../recording.js';
import type { Step } from './order.js';

/** When something was first sent to a destination and first acknowledged by it, in ticks. */
export interface FirstTimes {
  sent: number | undefined;
  acknowledged: number | undefined;
}

/** Every event that a destination asked for was acknowledged, unless it was given up. */
export function holes(destination: DestinationFacts, recording: Recording): Finding[] {
  const times = firstTimes(arrivalsOf(destination, recording));
  const givenUp = givenUpBy(destination, recording);
  return wantedBy(destination, recording.log)
    .filter((event) => times.get(aboutOf(event))?.acknowledged === undefined && !givenUp.has(event.position))
    .map((event) => ({
      law: 'no hole',
      sentence: `${destination.name} never acknowledged ${described(event)}; it was ${
        times.has(aboutOf(event)) ? 'sent' : 'never sent'
      }`,
    }));
}

/** It is told of nothing that it did not ask for. */
export function strangers(destination: DestinationFacts, recording: Recording): Finding[] {
  const wanted = new Set(wantedBy(destination, recording.log).map(aboutOf));
  return arrivalsOf(destination, recording)
    .filter(({ about }) => !wanted.has(about))
    .map(({ about }) => ({
      law: 'nothing but what was asked for',
      sentence: `${destination.name} was told of ${about}, which it did not ask for`,
    }));
}

/** Whoever receives it believes every word of it. */
export function doubts(destination: DestinationFacts, recording: Recording): Finding[] {
  return arrivalsOf(destination, recording).flatMap(({ about, doubt }) =>
    doubt === null
      ? []
      : [{ law: 'signed', sentence: `${destination.name} does not believe ${about}: ${doubt}` }],
  );
}

/** Each delivery names the one before it of its directory, so that the receiver itself could prove that nothing is missing. */
export function brokenChain(destination: DestinationFacts, recording: Recording): Finding[] {
  const last = new Map<string, number>();
  const expected = new Map<string, number | null>();
  for (const event of wantedBy(destination, recording.log)) {
    expected.set(aboutOf(event), last.get(event.directoryId) ?? null);
    last.set(event.directoryId, event.sequence);
  }
  return arrivalsOf(destination, recording)
    .filter(({ about, previous }) => expected.has(about) && previous !== expected.get(about))
    .map(({ about, previous }) => ({
      law: 'names the one before it',
      sentence: `${destination.name}: ${about} named ${previous} as the one before it, not ${expected.get(about)}`,
    }));
}

/** The events that a destination asked for, as what must go in order. What was given up holds nobody back. */
export function stepsOf(destination: DestinationFacts, recording: Recording): Step[] {
  const times = firstTimes(arrivalsOf(destination, recording));
  const givenUp = givenUpBy(destination, recording);
  return wantedBy(destination, recording.log)
    .filter(({ position }) => !givenUp.has(position))
    .map((event) => ({
      name: described(event),
      keys: keysOf(event, destination),
      sent: times.get(aboutOf(event))?.sent,
      acknowledged: times.get(aboutOf(event))?.acknowledged,
    }));
}

export function firstTimes(arrivals: readonly Arrival[]): Map<string, FirstTimes> {
  const times = new Map<string, FirstTimes>();
  for (const { about, arrived, acknowledgement, answered } of arrivals) {
    const known = times.get(about) ?? { sent: undefined, acknowledged: undefined };
    times.set(about, {
      sent: earliest(known.sent, arrived),
      acknowledged: acknowledgement === 'none' ? known.acknowledged : earliest(known.acknowledged, answered),
    });
  }
  return times;
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/** What an event has to wait for the end of. */
export function keysOf(
  { subjects, directoryId }: LoggedEvent,
  { ordering }: DestinationFacts,
): readonly string[] {
  if (ordering === 'subject') return subjects;
  return ordering === 'directory' ? [directoryId] : [];
}

export function givenUpBy(destination: DestinationFacts, recording: Recording): Set<number> {
  return new Set(
    recording.endedWithout
      .filter(({ destinationId, state }) => destinationId === destination.id && state === 'given-up')
      .map(({ position }) => position),
  );
}

export function described({ position, type }: LoggedEvent): string {
  return `${type} at position ${position}`;
}
