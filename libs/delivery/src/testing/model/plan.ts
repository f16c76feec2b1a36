/** What is to happen to a worker's process, and who hears of what it does. */
import type { PumpReport } from '../../pump.js';
import type { Exchange } from '../../send.js';
import type { Machine } from './machine.js';

export type Interruption<Act> =
  /** The process ends. Nothing of it is ever heard again, but what it had sent may arrive. */
  | 'dies before'
  | 'dies after'
  /** The statement fails, before or after it was carried out; the process lives. */
  | 'fails before'
  | 'fails after'
  /** The process stands still until somebody wakes it. */
  | 'sleeps'
  /** Somebody asks the program to end. */
  | 'is stopped'
  /** Somebody else does something. */
  | { meanwhile: Act };

export type Answer = { status: number; retryAfter?: number } | 'hangs up';

export interface Plan<Act> {
  seed: number;
  /** One for each request, in order; afterwards the receiver is content. */
  answers: readonly Answer[];
  interruptions: readonly { step: number; what: Interruption<Act> }[];
}

/** The body of a request. */
export interface Told {
  position: number;
  /** The sequence of the delivery before it. */
  previous: number | null;
}

export interface Flight {
  position: number;
  answer: Answer;
  tell(exchange: Exchange): void;
}

export interface Surroundings<Act> {
  perform(act: Act): Promise<void>;
  /** From here on it is the one who works for its destination. */
  leased(machine: Machine<Act>): void;
  /** A request has left. */
  started(machine: Machine<Act>, told: Told): void;
  /** The receiver has answered; `heard` is false when nobody is there any more to hear it. */
  answered(machine: Machine<Act>, flight: Flight, heard: boolean): void;
}

export type Ending = { kind: 'ended'; report: PumpReport } | { kind: 'failed' | 'died' | 'asleep' };

export class InjectedFailure extends Error {}

export function exchangeOf(answer: Answer): Exchange {
  if (answer === 'hangs up') return { kind: 'unreachable', reason: 'other side closed' };
  const headers: Record<string, string> =
    answer.retryAfter === undefined ? {} : { 'retry-after': String(answer.retryAfter) };
  return { kind: 'answered', answer: { status: answer.status, headers, excerpt: '', at: new Date(0) } };
}
