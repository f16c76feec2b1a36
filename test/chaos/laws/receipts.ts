/** The law of receipts: one for each leaving at each application that is told of it, in the end final, and true. */
import {
  arrivalsOf,
  type Arrival,
  type DestinationFacts,
  type Finding,
  type KeptReceipt,
  type LoggedEvent,
  type Recording,
} from '../recording.js';
import { givenUpBy } from './deliveries.js';
import { LEAVING, partsOf, type Part } from './parts.js';
import { isTaken, isTurnedDown } from './revocations.js';

/** Receiver and sender read the same clock, the sender in whole milliseconds. */
const READING_AT_MOST_IN_MILLISECONDS = 20;

/** Over all destinations at once: a receipt of one that does not exist is found, too. */
export function receipts(recording: Recording): Finding[] {
  const left = new Map<string, KeptReceipt[]>();
  for (const receipt of recording.receipts) {
    const key = keyOf(receipt);
    left.set(key, [...(left.get(key) ?? []), receipt]);
  }
  const found = recording.destinations.flatMap((destination) => {
    const leavings = leavingsOf(destination, recording);
    return leavings.flatMap((leaving) => {
      const key = keyOf({ txn: leaving.event.id, destinationId: destination.id });
      const own = left.get(key) ?? [];
      left.delete(key);
      return judged(leaving, own).map((what) => finding(`${destination.name}: ${nameOf(leaving)} ${what}`));
    });
  });
  const strange = [...left.keys()].map((key) => finding(`there is a receipt of ${key}, which nobody wanted`));
  return [...found, ...strange];
}

/** One leaving at one destination, and everything that is known of it besides its receipt. */
interface Leaving {
  event: LoggedEvent;
  parts: Part[];
  arrivals: Arrival[];
  /** The engine gave it up, as the destination had asked for. */
  givenUp: boolean;
}

function leavingsOf(destination: DestinationFacts, recording: Recording): Leaving[] {
  const givenUp = givenUpBy(destination, recording);
  const byAbout = new Map<string, Arrival[]>();
  for (const arrival of arrivalsOf(destination, recording))
    byAbout.set(arrival.about, [...(byAbout.get(arrival.about) ?? []), arrival]);
  const leavings = new Map<string, Leaving>();
  for (const part of partsOf(destination, recording)) {
    const { event, about } = part;
    if (!LEAVING.has(event.type)) continue;
    const known = leavings.get(event.id) ?? {
      ...{ event, parts: [], arrivals: [] },
      givenUp: givenUp.has(event.position) && destination.givesUp,
    };
    known.parts.push(part);
    known.arrivals.push(...(byAbout.get(about) ?? []));
    leavings.set(event.id, known);
  }
  return [...leavings.values()];
}

/** @returns what is wrong. */
function judged(leaving: Leaving, own: readonly KeptReceipt[]): string[] {
  const [receipt, ...more] = own;
  if (!receipt) return ['has no receipt'];
  if (more.length > 0) return [`has ${own.length} receipts`];
  const flaw = flawOf(leaving, receipt);
  return flaw === undefined ? [] : [flaw];
}

function flawOf(leaving: Leaving, receipt: KeptReceipt): string | undefined {
  const isUndone = leaving.parts.some(({ undone }) => undone);
  switch (receipt.state) {
    case 'requested':
      return 'has a receipt that is still open, and nobody has anything to do';
    case 'superseded':
      return isUndone ? undefined : 'is superseded by its receipt, and nobody came back';
    case 'failed':
      return leaving.givenUp || leaving.arrivals.some(isTurnedDown)
        ? undefined
        : 'has failed by its receipt, and was neither given up nor turned down';
    case 'acknowledged':
      return isUndone || !isRefusal(leaving)
        ? untruth(leaving, receipt)
        : 'is acknowledged by its receipt, and its receiver has turned it down';
  }
}

/** Its receiver would not take some of it, was heard, and never said otherwise. */
function isRefusal({ parts, arrivals }: Leaving): boolean {
  return parts.some(({ about }) => {
    const own = arrivals.filter((arrival) => arrival.about === about);
    return own.some(({ turnedDown }) => turnedDown === 'certain') && !own.some(isTaken);
  });
}

/** Somebody must have acknowledged it, what the receipt names, and not after the time that it says. */
function untruth({ event, arrivals }: Leaving, { acknowledgedAt, jti }: KeptReceipt): string | undefined {
  const taken = arrivals.filter(isTaken);
  if (taken.length === 0) return 'is acknowledged by its receipt, and by nobody else';
  const meant = taken.filter(({ told }) => jti === null || told?.jti === jti);
  if (meant.length === 0) return `is acknowledged by its receipt as ${jti}, which nobody acknowledged`;
  const latest = (acknowledgedAt ?? 0) + READING_AT_MOST_IN_MILLISECONDS;
  if (latest < event.occurredAt || meant.every(({ arrivedAt }) => latest < arrivedAt))
    return `was acknowledged at ${acknowledgedAt} by its receipt, before anybody was told`;
  return undefined;
}

function keyOf({ txn, destinationId }: Pick<KeptReceipt, 'txn' | 'destinationId'>): string {
  return `${txn} at ${destinationId}`;
}

function nameOf({ event }: Leaving): string {
  return `${event.type} at position ${event.position}`;
}

function finding(sentence: string): Finding {
  return { law: 'a receipt for each leaving, and a true one', sentence };
}
