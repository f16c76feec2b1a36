/** Compares what receivers saw with what the log holds. Pure: the run is over, and everything is in the recording. */
import { acknowledgedOutOfOrder, brokenChain, disorder, holes, strangers } from './laws/deliveries.js';
import { revocations } from './laws/revocations.js';
import { crowding, repetition } from './laws/senders.js';
import { writes } from './laws/writes.js';
import type { Finding, Recording } from './recording.js';

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
      ...(destination.protocol === 'webhook'
        ? [
            ...holes(destination, recording),
            ...strangers(destination, recording),
            ...disorder(destination, recording),
            ...acknowledgedOutOfOrder(destination, recording),
            ...brokenChain(destination, recording),
          ]
        : revocations(destination, recording)),
      ...crowding(destination, recording).found,
      ...repetition(destination, recording, inHandAtMost),
    ]),
  ];
}
