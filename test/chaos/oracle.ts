/** Compares what receivers saw with what the log holds. Pure: the run is over, and everything is in the recording. */
import { brokenChain, doubts, holes, stepsOf, strangers } from './laws/deliveries.js';
import { acknowledgedOutOfOrder, disorder } from './laws/order.js';
import { receipts } from './laws/receipts.js';
import { revocations, stepsOfRevocations } from './laws/revocations.js';
import { crowding, repetition } from './laws/senders.js';
import { tokens } from './laws/tokens.js';
import { writes } from './laws/writes.js';
import type { DestinationFacts, Finding, Recording } from './recording.js';

export interface OracleOptions {
  /** How many deliveries of one destination a process can have acknowledged and not yet written down. */
  inHandAtMost: number;
}

/** @returns everything that broke a promise; nothing when all were kept. */
export function findings(recording: Recording, { inHandAtMost }: OracleOptions): Finding[] {
  return [
    ...recording.incidents.map((sentence) => ({ law: 'never', sentence })),
    ...writes(recording),
    ...recording.destinations.flatMap((destination) => [
      ...(destination.protocol === 'webhook' ? webhook : revocation)(destination, recording),
      ...doubts(destination, recording),
      ...crowding(destination, recording).found,
      ...repetition(destination, recording, inHandAtMost),
    ]),
    ...receipts(recording),
  ];
}

function webhook(destination: DestinationFacts, recording: Recording): Finding[] {
  const steps = stepsOf(destination, recording);
  return [
    ...holes(destination, recording),
    ...strangers(destination, recording),
    ...disorder(destination, steps),
    ...acknowledgedOutOfOrder(destination, steps),
    ...brokenChain(destination, recording),
  ];
}

function revocation(destination: DestinationFacts, recording: Recording): Finding[] {
  const steps = stepsOfRevocations(destination, recording);
  return [
    ...revocations(destination, recording),
    ...disorder(destination, steps),
    ...acknowledgedOutOfOrder(destination, steps),
    ...tokens(destination, recording),
  ];
}
