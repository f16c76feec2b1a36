/** The unfinished deliveries that a pump has in hand, in order of position. Memory only; no clock, no database. */
import type { RecordedEvent } from '@app/directory';
import { startable, startableTogether, type Companion } from './order.js';
import type { Retelling } from './source.js';

export interface Item extends Companion {
  event: RecordedEvent;
  /** Of what happened, as the log stores it. */
  bytes: number;
  /** What this delivery says of the one before it; see `Chain`. */
  previousSequence: number | null;
  /** Attempts that consumed a wait, before this one. */
  attempts: number;
  /** When the first attempt failed; null: there was none. */
  firstAttemptAt: Date | null;
  /** Read from the log past the cursor, or from a parked row. */
  origin: 'log' | 'parked';
  /** It is told again as a part of a replay; null: as it happened. */
  retelling?: Retelling | null | undefined;
  /** Why only a part of it is told. */
  superseded?: string;
  /** There is a row of it among the parked ones, which goes when it is delivered. */
  hasRow?: boolean;
  /** Its row says already that it waits for another. */
  storedBehind?: boolean;
  /** The request of several events that it failed in: the position of the first. */
  batch: number | null;
}

/** An unfinished delivery that is not in the window: its subjects are taken. */
export interface Holder {
  position: number;
  subjects: readonly string[];
}

export class Window {
  private items: Item[] = [];
  private flying = 0;
  private held = 0;
  private startedTo = 0;

  /**
   * @param readTo everything of the log up to here has been read.
   * @param onBytes told how many bytes more, or less, are in hand.
   */
  constructor(
    private readTo: number,
    private readonly onBytes: (change: number) => void = () => undefined,
  ) {}

  /** Of all events in hand. */
  get bytes(): number {
    return this.held;
  }

  count(origin: Item['origin']): number {
    return this.items.filter((item) => item.origin === origin).length;
  }

  /** Requests. */
  get inFlight(): number {
    return this.flying;
  }

  get reach(): number {
    return this.readTo;
  }

  /** The finished prefix of the log: up to the first event that is still in hand. */
  get cursor(): number {
    const first = this.items.find((item) => item.origin === 'log');
    return first ? first.position - 1 : this.readTo;
  }

  holds(position: number): boolean {
    return this.items.some((item) => item.position === position);
  }

  add(items: readonly Item[], readTo = this.readTo): void {
    const known = new Set(this.items.map((item) => item.position));
    const fresh = items.filter((item) => !known.has(item.position));
    this.items = [...this.items, ...fresh].sort((one, other) => one.position - other.position);
    this.hold(fresh.reduce((sum, item) => sum + item.bytes, 0));
    this.readTo = Math.max(this.readTo, readTo);
  }

  /**
   * The requests that may start now, each of one event or, in order, of several. A parked one that lies past what was read waits for the reading: an unfinished event
   * before it may share a subject.
   */
  startable(atOnce: number, size = 1): Item[][] {
    const end = this.items.findIndex((item) => item.position > this.readTo);
    const read = end < 0 ? this.items : this.items.slice(0, end);
    if (size === 1) return startable(read, atOnce).map((item) => [item]);
    return startableTogether(read, { room: atOnce - this.flying, size });
  }

  start(request: readonly Item[]): void {
    for (const item of request) {
      item.state = 'in-flight';
      // A parked one, too: its row goes when it is delivered, and the cursor must pass it then, or it is read from the log again.
      this.startedTo = Math.max(this.startedTo, item.position);
    }
    this.flying += 1;
  }

  land(request: readonly Item[]): void {
    for (const item of request) item.state = 'ready';
    this.flying -= 1;
  }

  remove(request: readonly Item[]): void {
    const gone = new Set(request);
    this.letGo((item) => gone.has(item));
  }

  /**
   * Lets go of what follows the last one started; it will be read again. What stands before that one stays, started or not:
   * the cursor must be able to pass those that have got through.
   */
  shed(): void {
    const isUnread = (item: Item): boolean => item.origin === 'log' && item.position > this.startedTo;
    const unread = this.items.find(isUnread);
    if (unread) this.readTo = unread.position - 1;
    this.letGo((item) => isUnread(item) || (item.origin === 'parked' && item.state !== 'in-flight'));
  }

  /** The end of the slice. */
  clear(): void {
    this.letGo(() => true);
  }

  private letGo(which: (item: Item) => boolean): void {
    let freed = 0;
    this.items = this.items.filter((item) => {
      const goes = which(item);
      if (goes) freed += item.bytes;
      return !goes;
    });
    this.hold(-freed);
  }

  private hold(change: number): void {
    this.held += change;
    this.onBytes(change);
  }

  isOvertakenBy(position: number): boolean {
    return this.items.some((item) => isOvertakenBy(position, item));
  }

  /** Takes out what is unfinished, of the log and before this position. */
  takeOvertaken(position: number): Item[] {
    const taken = this.items.filter((item) => isOvertakenBy(position, item));
    this.remove(taken);
    return taken;
  }

  /** Those of the log, or parked, that come later than this one. */
  after(position: number): Item[] {
    return this.items.filter((item) => item.position > position);
  }

  /** Takes out everything after the failed one that must wait for it, directly or behind another that does. */
  takeThoseBehind(failed: Item): Item[] {
    const later = this.items.filter((item) => item.position > failed.position);
    const behind = split(later, [{ position: failed.position, subjects: failed.keys }]).behind;
    this.remove(behind);
    return behind;
  }
}

export function isOvertakenBy(position: number, item: Item): boolean {
  return item.origin === 'log' && item.position < position;
}

/** Divides items, in order of position, into those that are free of the holders and those that are not. */
export function split(items: readonly Item[], holders: readonly Holder[]): { free: Item[]; behind: Item[] } {
  const waiting = [...holders].sort((one, other) => one.position - other.position);
  const held = new Set<string>();
  const free: Item[] = [];
  const behind: Item[] = [];
  for (const item of items) {
    while (waiting[0] && waiting[0].position < item.position) {
      for (const subject of waiting.shift()!.subjects) held.add(subject);
    }
    if (item.state === 'in-flight' || !item.keys.some((key) => held.has(key))) {
      free.push(item);
      continue;
    }
    for (const key of item.keys) held.add(key);
    behind.push(item);
  }
  return { free, behind };
}
