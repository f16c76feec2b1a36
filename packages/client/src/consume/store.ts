/** What a consumer must remember between two runs, and the transaction in which it remembers and the application works. */
import type { AnyEvent } from '../events.js';

/** How far a consumer is. */
export interface Place {
  /** The id of the last event that it has read past; null: nothing yet. */
  cursor: string | null;
  /** Where it once began; what came before does not concern it. */
  startedAfter: string | null;
}

/** One of the instances of an application: of all that run, one at a time consumes. */
export interface Holder {
  consumer: string;
  instance: string;
  leaseInSeconds: number;
}

/** An event by its place in its directory. Those that tell of no directory have a place by themselves. */
export interface Placed<Event extends AnyEvent = AnyEvent> {
  directoryId: string;
  sequence: number;
  event: Event;
}

/** Some events that are handled in one transaction, after which the consumer stands at `to`. */
export interface Slice<Event extends AnyEvent = AnyEvent> {
  /** Where it must stand before. */
  from: string | null;
  to: string | null;
  events: readonly Placed<Event>[];
}

/** An event that a webhook spoke of. */
export interface Announced {
  directoryId: string;
  sequence: number;
  /** Null when only its number is known: another one named it as the one before. */
  eventId: string | null;
}

/** An event that a webhook spoke of, and that has not been handled. */
export interface Awaited {
  directoryId: string;
  sequence: number;
  /** How often it was looked for in vain. */
  tries: number;
  /** The id of the last event of the same directory before it that was handled; null: none. */
  after: string | null;
}

/** What `handle` is told beside the event. */
export interface Circumstances {
  /** A later event of the same directory has been handled already: compare `updated_at` before you overwrite. */
  late: boolean;
}

export type HandleIn<Tx, Event extends AnyEvent> = (
  event: Event,
  tx: Tx,
  how: Circumstances,
) => Promise<void> | void;

/**
 * `Tx` is the application's own handle on a transaction. Everything here must be in the same database as what the
 * application writes: that, and nothing else, makes "exactly once" true.
 */
export interface Store<Tx> {
  /** Takes the lease or prolongs it. @returns undefined while another instance has it. @param from for a consumer that is new. */
  hold(holder: Holder, from: string | null): Promise<Place | undefined>;
  release(holder: Holder): Promise<void>;
  /**
   * In one transaction: makes sure that the consumer stands at `from` and that the lease is ours, leaves out what was handled
   * before, hands over the rest one by one, and moves to `to`. When anything throws, nothing of it has happened.
   * @returns how many were handed over; undefined when somebody else has moved the consumer.
   * @throws LogDiverged when another event was handled under the same number.
   */
  take<Event extends AnyEvent>(
    holder: Holder,
    slice: Slice<Event>,
    handle: HandleIn<Tx, Event>,
  ): Promise<number | undefined>;
  /** @returns how many were not known yet. */
  announce(consumer: string, announced: readonly Announced[]): Promise<number>;
  /** The oldest first, a hundred or so. */
  awaited(consumer: string): Promise<Awaited[]>;
  /** Counts a search in vain. Those that are given up are not awaited any more. */
  notFound(consumer: string, missing: readonly Awaited[], giveUp: boolean): Promise<void>;
  /** Forgets what was handled so long ago. What is announced of that time is ignored from then on. */
  prune(consumer: string, olderThanInDays: number): Promise<void>;
}
