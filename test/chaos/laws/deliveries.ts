/** Laws of one webhook destination: nothing missing, nothing strange, nothing out of order. */
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

/** When an event was first sent to a destination and first acknowledged by it, in ticks. */
interface FirstTimes {
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

/** It is told of nothing that it did not ask for, and every word of it is signed with its secret. */
export function strangers(destination: DestinationFacts, recording: Recording): Finding[] {
  const wanted = new Set(wantedBy(destination, recording.log).map(aboutOf));
  const arrivals = arrivalsOf(destination, recording);
  return [
    ...arrivals
      .filter(({ about }) => !wanted.has(about))
      .map(({ about }) => ({
        law: 'nothing but what was asked for',
        sentence: `${destination.name} was told of ${about}, which it did not ask for`,
      })),
    ...arrivals
      .filter(({ signed }) => !signed)
      .map(({ about }) => ({
        law: 'signed',
        sentence: `${destination.name} got ${about} with a bad signature`,
      })),
  ];
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

/**
 * For each person and each group, or for each directory where that was asked for: an event is sent for the first time only when every earlier one has been acknowledged.
 * What was acknowledged may come again after a crash, at any time; what was not may come again until it is. Events that
 * were given up hold nobody back.
 */
export function disorder(destination: DestinationFacts, recording: Recording): Finding[] {
  const times = firstTimes(arrivalsOf(destination, recording));
  const givenUp = givenUpBy(destination, recording);
  const before = new Map<string, { event: LoggedEvent; acknowledged: number }>();
  const found: Finding[] = [];
  for (const event of wantedBy(destination, recording.log)) {
    if (givenUp.has(event.position)) continue;
    const { sent = Infinity, acknowledged = Infinity } = times.get(aboutOf(event)) ?? {};
    for (const subject of keysOf(event, destination)) {
      const earlier = before.get(subject);
      if (earlier && sent < earlier.acknowledged) {
        found.push({
          law: 'in order',
          sentence:
            `${destination.name}: of ${subject}, ${described(event)} was sent (tick ${sent}) before ` +
            `${described(earlier.event)} was acknowledged (${tickOf(earlier.acknowledged)})`,
        });
      }
      if (!earlier || acknowledged > earlier.acknowledged) before.set(subject, { event, acknowledged });
    }
  }
  return found;
}

/** In the same way, the first acknowledgements come in the order of the log. */
export function acknowledgedOutOfOrder(destination: DestinationFacts, recording: Recording): Finding[] {
  const times = firstTimes(arrivalsOf(destination, recording));
  const last = new Map<string, number>();
  const found: Finding[] = [];
  for (const event of wantedBy(destination, recording.log)) {
    const acknowledged = times.get(aboutOf(event))?.acknowledged;
    if (acknowledged === undefined) continue;
    for (const subject of keysOf(event, destination)) {
      if (acknowledged < (last.get(subject) ?? 0)) {
        found.push({
          law: 'acknowledged in order',
          sentence: `${destination.name}: of ${subject}, ${described(event)} was acknowledged before an earlier one`,
        });
      }
      last.set(subject, Math.max(acknowledged, last.get(subject) ?? 0));
    }
  }
  return found;
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
function keysOf({ subjects, directoryId }: LoggedEvent, { ordering }: DestinationFacts): readonly string[] {
  if (ordering === 'subject') return subjects;
  return ordering === 'directory' ? [directoryId] : [];
}

function givenUpBy(destination: DestinationFacts, recording: Recording): Set<number> {
  return new Set(
    recording.endedWithout
      .filter(({ destinationId, state }) => destinationId === destination.id && state === 'given-up')
      .map(({ position }) => position),
  );
}

function described({ position, type }: LoggedEvent): string {
  return `${type} at position ${position}`;
}

function tickOf(tick: number): string {
  return tick === Infinity ? 'it never was' : `tick ${tick}`;
}
