/** Laws of those who send: how many requests at once, and how often again. Each request says which process it came from. */
import {
  arrivalsOf,
  type Arrival,
  type DestinationFacts,
  type Disturbance,
  type Finding,
  type Recording,
} from '../recording.js';

/**
 * How long after a fault is over its victim may still do what it was about to: a request of its own ends at the deadline
 * of 20 seconds at the latest, and it starts none once it has looked at its lease.
 */
const AFTERMATH_IN_MILLISECONDS = 25_000;

/** An outcome is written down within 50 ms and one commit. On a busy machine a commit may take its time. */
const UNWRITTEN_AT_MOST_IN_MILLISECONDS = 5_000;

/** What one who was stopped was about to send leaves when it goes on, as soon as there is a connection. */
const UNSENT_AT_MOST_IN_MILLISECONDS = 5_000;

/** Faults that can keep the holder of a lease from keeping it, or from writing down what it has heard. */
const TAKE_THE_LEASE: ReadonlySet<string> = new Set([
  'worker killed',
  'worker stopped',
  'database restarted',
  'database crashed',
  'database slow',
]);

export interface Crowd {
  /** The most requests at the same time, while nobody was overdue. */
  most: number;
  /** The most while one whose lease was taken over had requests under way. */
  mostWithOverdue: number;
}

/**
 * No process ever has more requests under way for a destination than the cap (or twice as many, when it is overdue and has
 * taken the destination up again); and no two processes have any at the same
 * time, unless all but one of them are overdue: stopped, killed or cut off from the database for so long that another took over.
 */
export function crowding(
  destination: DestinationFacts,
  recording: Recording,
): { crowd: Crowd; found: Finding[] } {
  const crowd: Crowd = { most: 0, mostWithOverdue: 0 };
  const found: Finding[] = [];
  // Nobody sends to a poller: it asks.
  if (destination.polled) return { crowd, found };
  const under = new Map<string, number>();
  for (const { arrival, starts, at } of moments(arrivalsOf(destination, recording))) {
    under.set(arrival.sender, (under.get(arrival.sender) ?? 0) + (starts ? 1 : -1));
    if (!starts) continue;
    const busy = [...under].filter(([, count]) => count > 0);
    const total = busy.reduce((sum, [, count]) => sum + count, 0);
    const inTime = busy.filter(([sender]) => !isOverdue(sender, at, recording.disturbances));
    if (inTime.length === busy.length) crowd.most = Math.max(crowd.most, total);
    else crowd.mostWithOverdue = Math.max(crowd.mostWithOverdue, total);
    const own = under.get(arrival.sender)!;
    // What it had under way when it was stopped may still be open when it takes the destination up anew.
    const allowed = inTime.some(([sender]) => sender === arrival.sender) ? 1 : 2;
    if (own > allowed * destination.atOnce)
      found.push(tooMany(`${arrival.sender} had ${own} requests under way for ${destination.name}`));
    if (inTime.length > 1 && total > destination.atOnce) {
      const who = inTime.map(([sender]) => sender).join(' and ');
      found.push(tooMany(`${who} had ${total} requests under way for ${destination.name} together`));
    }
  }
  return { crowd, found };
}

/** A delivery that came again after it was acknowledged for certain. */
export interface Duplicate {
  first: Arrival;
  again: Arrival;
  /**
   * The fault that hit the process which had the acknowledgement, before it could write it down; or the one that held up
   * the process which sent it again, so long that another took over and was quicker.
   */
  because: Disturbance | undefined;
}

export function duplicatesOf(destination: DestinationFacts, recording: Recording): Duplicate[] {
  // Of several tokens for one event all come again when one was refused; and a poller is given all that it has not answered.
  if (destination.protocol === 'shared-signals') return [];
  const acknowledged = new Map<string, Arrival>();
  const found: Duplicate[] = [];
  for (const arrival of arrivalsOf(destination, recording)) {
    const first = acknowledged.get(arrival.about);
    if (first && first.answered! < arrival.arrived)
      found.push({ first, again: arrival, because: causeOf(first, arrival, recording.disturbances) });
    // The last of them is what should have been written down.
    if (arrival.acknowledgement === 'certain') acknowledged.set(arrival.about, arrival);
  }
  return found;
}

/** Only what a fault kept from being written down is sent again, and of one fault no more than one process has in hand. */
export function repetition(
  destination: DestinationFacts,
  recording: Recording,
  inHandAtMost: number,
): Finding[] {
  const duplicates = duplicatesOf(destination, recording);
  const found: Finding[] = duplicates
    .filter(({ because }) => because === undefined)
    .map(({ first, again }) => ({
      law: 'again only after a fault',
      sentence:
        `${destination.name} got ${first.about} from ${again.sender} again, ${again.arrivedAt - first.answeredAt!} ms after it had ` +
        `acknowledged it to ${first.sender}, which nothing had happened to`,
    }));
  for (const [, { count, because }] of countedByFault(duplicates)) {
    if (count > inHandAtMost)
      found.push({
        law: 'again only what was in hand',
        sentence: `${destination.name} got ${count} deliveries again after one fault (${because.kind}), more than the ${inHandAtMost} in hand`,
      });
  }
  return found;
}

export function countedByFault(
  duplicates: readonly Duplicate[],
): Map<string, { because: Disturbance; count: number }> {
  const counts = new Map<string, { because: Disturbance; count: number }>();
  for (const { because, first, again } of duplicates) {
    if (!because) continue;
    const key = `${because.kind} ${because.from} ${hits(because, first.sender) ? first.sender : again.sender}`;
    counts.set(key, { because, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return counts;
}

function causeOf(
  first: Arrival,
  again: Arrival,
  disturbances: readonly Disturbance[],
): Disturbance | undefined {
  return (
    disturbances.find((disturbance) => keptFromWriting(disturbance, first)) ??
    disturbances.find((disturbance) => heldUp(disturbance, first, again))
  );
}

/** Between the acknowledgement and its being written down: a body that drips keeps its sender from that. */
function keptFromWriting(
  disturbance: Disturbance,
  { sender, answeredAt = 0, endedAt = Infinity }: Arrival,
): boolean {
  return (
    hits(disturbance, sender) &&
    disturbance.from <= endedAt + UNWRITTEN_AT_MOST_IN_MILLISECONDS &&
    answeredAt <= disturbance.to + AFTERMATH_IN_MILLISECONDS
  );
}

/** Between looking at its lease and sending: whoever took over meanwhile has delivered it already. */
function heldUp(disturbance: Disturbance, first: Arrival, again: Arrival): boolean {
  return (
    hits(disturbance, again.sender) &&
    again.sender !== first.sender &&
    disturbance.from <= first.arrivedAt &&
    disturbance.to <= again.arrivedAt &&
    again.arrivedAt <= disturbance.to + UNSENT_AT_MOST_IN_MILLISECONDS
  );
}

/** Whether whoever sent it, or heard of it, may have had its lease taken over at that time. */
export function isOverdue(sender: string, at: number, disturbances: readonly Disturbance[]): boolean {
  return disturbances.some(
    (disturbance) =>
      hits(disturbance, sender) && at >= disturbance.from && at <= disturbance.to + AFTERMATH_IN_MILLISECONDS,
  );
}

function hits({ kind, processes }: Disturbance, sender: string): boolean {
  return TAKE_THE_LEASE.has(kind) && (processes === undefined || processes.includes(sender));
}

interface Moment {
  arrival: Arrival;
  starts: boolean;
  tick: number;
  at: number;
}

function moments(arrivals: readonly Arrival[]): Moment[] {
  const all = arrivals.flatMap((arrival): Moment[] => [
    { arrival, starts: true, tick: arrival.arrived, at: arrival.arrivedAt },
    ...(arrival.ended === undefined ? [] : [{ arrival, starts: false, tick: arrival.ended, at: 0 }]),
  ]);
  return all.sort((one, other) => one.tick - other.tick);
}

function tooMany(sentence: string): Finding {
  return { law: 'never more at once than the cap', sentence };
}
