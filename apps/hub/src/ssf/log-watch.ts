/** Wakes who waits for the log to grow: one look at its end for all of them, and none while nobody waits. */
import { Injectable, Optional, type BeforeApplicationShutdown } from '@nestjs/common';
import { headPosition, tracesAfter, type Trace } from '@app/event-log';
import { Database } from '@app/runtime';
import { LogMoved } from '../log-moved.js';

const LOOK_EVERY_IN_MILLISECONDS = 250;
/** After this hub has written something itself; what a burst of requests writes is looked at once. */
const LOOK_SOON_IN_MILLISECONDS = 10;
/** On one hub; each keeps a connection open. Who comes beyond them is answered at once. */
const WAITING_AT_MOST = 5_000;
/** Of the log, in one statement: what each event is about, and not what it says. */
const TRACES_AT_ONCE = 1_000;

/** What somebody waits for; without it anything will do. */
export type Concern = (trace: Trace) => boolean;

interface Waiter {
  /** Up to here nothing concerns it. */
  position: number;
  concern: Concern | undefined;
  wake(isFurther: boolean): void;
}

@Injectable()
export class LogWatch implements BeforeApplicationShutdown {
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;
  /** When the next look is due. */
  private dueAt = Infinity;
  private looking = false;
  private stopped = false;

  constructor(
    private readonly database: Database,
    @Optional() logMoved?: LogMoved,
  ) {
    logMoved?.hear(() => this.lookWithin(LOOK_SOON_IN_MILLISECONDS));
  }

  /** The hub stops: nobody waits any more. */
  get isOver(): boolean {
    return this.stopped;
  }

  get waiting(): number {
    return this.waiters.size;
  }

  /**
   * @param concern what of the log is waited for; it is asked here, so that whoever waits for other things asks the database nothing.
   * @returns true when the log has gone further than the position; false when there is no more waiting for it.
   */
  beyond(position: number, signal: AbortSignal, concern?: Concern): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.stopped || signal.aborted || this.waiters.size >= WAITING_AT_MOST) return resolve(false);
      const giveUp = (): void => waiter.wake(false);
      const waiter: Waiter = {
        position,
        concern,
        wake: (isFurther) => {
          this.waiters.delete(waiter);
          signal.removeEventListener('abort', giveUp);
          resolve(isFurther);
        },
      };
      this.waiters.add(waiter);
      signal.addEventListener('abort', giveUp);
      this.lookWithin(LOOK_EVERY_IN_MILLISECONDS);
    });
  }

  /** Before the server is closed, which waits for every request that it has. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const waiter of [...this.waiters]) waiter.wake(false);
  }

  private lookWithin(milliseconds: number): void {
    if (this.stopped || this.waiters.size === 0) return;
    const dueAt = performance.now() + milliseconds;
    if (dueAt >= this.dueAt) return;
    this.dueAt = dueAt;
    // What moves the log while it is looked at is not in what is being read: then it is looked at again right behind.
    if (this.looking) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), milliseconds);
  }

  private async look(): Promise<void> {
    this.looking = true;
    this.dueAt = Infinity;
    // While the database is away nothing is new, and those who wait end with their own patience.
    const isBehind = await this.lookOnce().catch(() => false);
    this.looking = false;
    const wait = isBehind ? 0 : Math.min(this.dueAt - performance.now(), LOOK_EVERY_IN_MILLISECONDS);
    this.dueAt = Infinity;
    this.lookWithin(Math.max(0, wait));
  }

  /** @returns true when there is more of the log than was looked at. */
  private async lookOnce(): Promise<boolean> {
    const head = await headPosition(this.database);
    const behind = [...this.waiters].filter(({ position }) => position < head);
    const choosy = behind.filter(({ concern }) => concern !== undefined);
    for (const waiter of behind) if (waiter.concern === undefined) waiter.wake(true);
    if (choosy.length === 0) return false;
    const from = choosy.reduce((least, { position }) => Math.min(least, position), head);
    const traces = await tracesAfter(this.database, from, TRACES_AT_ONCE);
    const last = traces.at(-1)?.position ?? head;
    for (const waiter of choosy) {
      const { position, concern } = waiter;
      if (traces.some((trace) => trace.position > position && concern!(trace))) waiter.wake(true);
      else waiter.position = Math.max(position, last);
    }
    return traces.length === TRACES_AT_ONCE;
  }
}
