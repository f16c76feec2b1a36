/** The model: what was written to the log, and what each destination has been told of it. Sets and numbers, no database. */
import type { DomainEventType } from '@app/directory';
import type { Ordering } from '../../order.js';

/** What the model knows of an event. */
export interface Happened {
  position: number;
  organizationId: string;
  directoryId: string;
  /** In its directory. */
  sequence: number;
  type: DomainEventType;
  subjects: string[];
  /** It can never be put into the protocol of these tests. */
  impossible: boolean;
}

export type EarState = 'enabled' | 'paused' | 'disabled';

export interface EarWish {
  /** Null: every organization. */
  organizationId: string | null;
  /** Empty: all. */
  types: DomainEventType[];
  /** Hears of those who leave, unless they are back. */
  farewell: boolean;
  ordering: Ordering;
  maxInFlight: number;
}

/** One destination as somebody sees it who only watches its receiver and the people who press its buttons. */
export class Ear {
  state: EarState = 'enabled';
  ordering: Ordering;
  orders = 0;
  /** Grows when a person starts over or orders anew: who has the lease loses it. */
  epoch = 0;
  /** Acknowledged in this epoch. */
  readonly acked = new Set<number>();
  /** Acknowledged at any time. */
  readonly everAcked = new Set<number>();
  /** Failed attempts at an event since it was last put back. */
  readonly failed = new Map<number, number>();
  /** Those whose next failure is their last. */
  readonly aged = new Set<number>();
  /** Given up at some time, or put back by a person: those after it need not wait for it any more. */
  readonly excused = new Set<number>();
  /** Positions after which its chain of sequences may begin anew. */
  readonly starts: number[];
  /** What was said of the delivery before each, since it was last started over. */
  readonly said = new Map<number, number | null>();
  /** The receiver asked to be left alone until then. */
  pauseUntil = 0;
  /** It has answered 410 at some time, or has been failing now and then for days. */
  mayBeDisabled = false;
  failingSince: number | undefined;
  /** When the first attempt at each failed, since it was last put back. */
  readonly firstFailed = new Map<number, number>();

  /** @param begins it is told of everything after this position. */
  constructor(
    readonly id: string,
    readonly wish: EarWish,
    public begins: number,
  ) {
    this.ordering = wish.ordering;
    this.starts = [begins];
  }

  wants({ position, organizationId, type }: Happened): boolean {
    const { wish } = this;
    if (position <= this.begins) return false;
    if (wish.organizationId !== null && wish.organizationId !== organizationId) return false;
    if (wish.farewell) return type === 'UserDeactivated';
    return wish.types.length === 0 || wish.types.includes(type);
  }

  rewind(to: number): void {
    this.epoch += 1;
    this.starts.push(to);
    this.begins = Math.min(this.begins, to);
    this.resume();
    for (const set of [this.acked, this.aged, this.excused]) {
      for (const position of set) if (position > to) set.delete(position);
    }
    this.said.clear();
  }

  reorder(ordering: Ordering): void {
    this.epoch += 1;
    this.orders += 1;
    this.ordering = ordering;
  }

  /** Somebody wants it to be tried now, whatever the receiver said before. */
  resume(): void {
    this.pauseUntil = 0;
  }
}

export class Story {
  readonly events: Happened[] = [];
  readonly ears: Ear[] = [];

  at(position: number): Happened | undefined {
    return this.events.find((event) => event.position === position);
  }

  wanted(ear: Ear): Happened[] {
    return this.events.filter((event) => ear.wants(event));
  }

  /** A later event has made it pointless to tell this one. */
  pointless(ear: Ear, event: Happened): boolean {
    if (!ear.wish.farewell) return false;
    return this.events.some(
      (later) =>
        later.type === 'UserReactivated' &&
        later.position > event.position &&
        share(later.subjects, event.subjects),
    );
  }

  /** Nobody needs to wait for it, and nobody is owed it. */
  excused(ear: Ear, event: Happened): boolean {
    return event.impossible || ear.excused.has(event.position) || this.pointless(ear, event);
  }

  /** What should have been acknowledged before this event may be told. */
  before(ear: Ear, event: Happened): Happened[] {
    const { ordering } = ear;
    const keys = heldBy(event, ordering);
    return this.wanted(ear).filter(
      (earlier) =>
        earlier.position < event.position &&
        share(heldBy(earlier, ordering), keys) &&
        !this.excused(ear, earlier),
    );
  }

  /** What this delivery may say of the one before it. */
  previousOf(ear: Ear, event: Happened): (number | null)[] {
    const { directoryId, position } = event;
    const before = this.wanted(ear).filter(
      (other) => other.directoryId === directoryId && other.position < position,
    );
    const last = before.at(-1);
    const begins = ear.starts.some((start) => !last || last.position <= start);
    return [...(begins ? [null] : []), ...(last ? [last.sequence] : [])];
  }
}

/** What an event holds while it is under way. */
export function heldBy({ subjects, directoryId }: Happened, ordering: Ordering): string[] {
  if (ordering === 'none') return [];
  return ordering === 'directory' ? [directoryId] : subjects;
}

export function share(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each));
}
