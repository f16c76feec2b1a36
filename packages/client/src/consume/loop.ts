/** The loop of `consume`: holds the place, reads, looks for what is missing, hands over, and goes on whatever fails. */
import type { EventPage, EventsQuery } from '../calls/events.js';
import { RollcallError } from '../errors.js';
import type { AnyEvent } from '../events.js';
import { pause } from '../pause.js';
import type { WebhookRequest } from '../webhooks/request.js';
import type { ConsumeOptions, Observation, Tuning } from './consume.js';
import { CursorExpired, LogDiverged } from './errors.js';
import { announcedBy, missingFrom, pageOf, searched, type Page } from './feed.js';
import type { Awaited, Holder, Place, Placed } from './store.js';

const FIRST_BACK_OFF_IN_MILLISECONDS = 100;
/** An event is there before its webhook is sent, so the first search finds it; a cache in between may take longer. */
const SEARCHES_AT_MOST = 6;
const PRUNE_EVERY_IN_MILLISECONDS = 3_600_000;

/** Who took the place does it again from there; what we have read is of no use any more. */
const MOVED = Symbol('somebody else has moved the consumer');

export class Loop<Tx, Event extends AnyEvent> {
  private readonly stopping = new AbortController();
  private readonly holder: Holder;
  /** Ends a pause, or a request that only waits. */
  private sleeping: AbortController | undefined;
  private woken = false;
  private isHolding: boolean | undefined;
  private oneByOne = false;
  private prunedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: ConsumeOptions<Tx, Event>,
    private readonly tuning: Tuning,
  ) {
    const { name: consumer = 'default', instance = crypto.randomUUID(), signal } = options;
    if (tuning.leaseInSeconds <= tuning.waitInSeconds)
      throw new TypeError('leaseInSeconds must be more than waitInSeconds: a lease must outlive a request');
    this.holder = { consumer, instance, leaseInSeconds: tuning.leaseInSeconds };
    if (signal?.aborted) this.stop();
    else signal?.addEventListener('abort', () => this.stop(), { once: true });
  }

  async run(): Promise<void> {
    try {
      for (let failures = 0; !this.isStopped;) {
        try {
          await this.cycle();
          failures = 0;
        } catch (error) {
          if (this.isStopped) break;
          if (isFinal(error)) throw error;
          this.oneByOne = true;
          failures += 1;
          await this.backOff(error, failures);
        }
      }
    } finally {
      this.stop();
      // The lease ends by itself where this fails.
      await this.options.store.release(this.holder).catch(() => undefined);
    }
  }

  stop(): void {
    this.stopping.abort();
    this.sleeping?.abort();
  }

  wake(): void {
    this.woken = true;
    this.sleeping?.abort();
  }

  async receive(request: WebhookRequest): Promise<void> {
    const { verifier, store, wanted = {} } = this.options;
    if (!verifier) throw new TypeError('consume() was given no verifier: webhooks cannot be received');
    const events = await verifier.events(request);
    const announced = events.flatMap((event) => announcedBy(event, wanted));
    const unknown = await store.announce(this.holder.consumer, announced);
    // What is no news must not keep the hub busy; what tells of no directory cannot be known before.
    if (unknown > 0 || announced.length < events.length) this.wake();
  }

  private get isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Once around. Whatever it does not come to, the next one does. */
  private async cycle(): Promise<void> {
    const { store, startAfter = null } = this.options;
    const place = await store.hold(this.holder, startAfter);
    if (this.isHolding !== (place !== undefined)) {
      this.isHolding = place !== undefined;
      this.observe({ kind: this.isHolding ? 'holding' : 'waiting' });
    }
    if (!place) {
      // Whoever consumes sees in the inbox what woke us.
      this.woken = false;
      return this.sleep((this.tuning.leaseInSeconds * 1_000) / 4);
    }
    await this.pruneNowAndThen();
    // Before the page is read: what was announced by then must be in it.
    const awaited = await store.awaited(this.holder.consumer);
    const page = await this.nextPage(place, awaited.length > 0);
    if (!page || this.isStopped) return;
    const missing = missingFrom(page, awaited);
    const absent = await this.fill(missing, place);
    if (absent === MOVED) return;
    if ((await this.handOver(page.events, place.cursor, page.cursor)) === MOVED) return;
    const tries = Math.min(...absent.map((each) => each.tries));
    if (absent.length > 0 && page.isLast) await this.sleep(FIRST_BACK_OFF_IN_MILLISECONDS * 2 ** tries);
  }

  /** @returns undefined when the wait for it was ended. */
  private async nextPage({ cursor }: Place, isUrgent: boolean): Promise<Page<Event> | undefined> {
    const wait = isUrgent || this.woken ? 0 : this.tuning.waitInSeconds;
    this.woken = false;
    const begun = performance.now();
    const query = { ...(cursor === null ? {} : { after: cursor }), ...(wait === 0 ? {} : { wait }) };
    const sleeping = wait === 0 ? undefined : this.asleep();
    try {
      const page = pageOf<Event>(await this.read(query, sleeping?.signal), cursor);
      const waited = performance.now() - begun;
      // A hub that does not know `wait` answers at once that there is nothing.
      if (page.events.length === 0 && page.cursor === cursor && waited < wait * 500)
        await this.sleep(this.tuning.pollInSeconds * 1_000);
      return page;
    } catch (error) {
      if (sleeping?.signal.aborted) return undefined;
      throw isExpired(error) ? new CursorExpired(this.holder.consumer, cursor, error) : error;
    } finally {
      if (this.sleeping === sleeping) this.sleeping = undefined;
    }
  }

  private read(query: EventsQuery, waiting?: AbortSignal): Promise<EventPage> {
    const { client, wanted = {} } = this.options;
    const stopped = this.stopping.signal;
    const signal = waiting ? AbortSignal.any([stopped, waiting]) : stopped;
    return client.events.list({ ...wanted, limit: this.tuning.pageSize, ...query }, { signal });
  }

  /**
   * Asks again for what webhooks have spoken of and the feed has not shown, one directory after the other.
   * @returns what is still not there, and will be asked for once more.
   */
  private async fill(missing: readonly Awaited[], place: Place): Promise<Awaited[] | typeof MOVED> {
    const absent: Awaited[] = [];
    for (const directoryId of new Set(missing.map((each) => each.directoryId))) {
      const here = missing.filter((each) => each.directoryId === directoryId);
      const found = await this.searched(here, place);
      if ((await this.handOver(found, place.cursor, place.cursor)) === MOVED) return MOVED;
      const shown = new Set(found.map(({ sequence }) => sequence));
      for (const { sequence } of here.filter((each) => shown.has(each.sequence)))
        this.observe({ kind: 'hole', directoryId, sequence, found: true });
      absent.push(...here.filter(({ sequence }) => !shown.has(sequence)));
    }
    const again = absent.filter(({ tries }) => tries + 1 < SEARCHES_AT_MOST);
    const never = absent.filter(({ tries }) => tries + 1 >= SEARCHES_AT_MOST);
    const { consumer } = this.holder;
    if (again.length > 0) await this.options.store.notFound(consumer, again, false);
    if (never.length > 0) await this.options.store.notFound(consumer, never, true);
    // What lies before the beginning of this consumer was never meant for it.
    for (const { directoryId, sequence } of never.filter((each) => each.after ?? !place.startedAfter))
      this.observe({ kind: 'hole', directoryId, sequence, found: false });
    return again;
  }

  private async searched(missing: readonly Awaited[], place: Place): Promise<Placed<Event>[]> {
    try {
      return await searched<Event>((query) => this.read(query), missing, place.startedAfter);
    } catch (error) {
      // So old that the hub does not show it any more.
      if (isExpired(error)) return [];
      throw error;
    }
  }

  /** In slices, each a transaction. The cursor stands at the last event of each, and in the end at `to`. */
  private async handOver(
    events: readonly Placed<Event>[],
    from: string | null,
    to: string | null,
  ): Promise<typeof MOVED | undefined> {
    if (events.length === 0 && from === to) return undefined;
    const moves = from !== to;
    let cursor = from;
    let index = 0;
    do {
      if (this.isStopped) return MOVED;
      const slice = events.slice(index, index + (this.oneByOne ? 1 : this.tuning.eventsPerTransaction));
      index += slice.length;
      const isEnd = index >= events.length;
      const next = !moves ? from : isEnd ? to : slice.at(-1)!.event.id;
      const { store, handle } = this.options;
      const handled = await store.take(this.holder, { from: cursor, to: next, events: slice }, handle);
      if (handled === undefined) return MOVED;
      cursor = next;
      if (handled > 0) this.observe({ kind: 'handled', events: handled, cursor });
    } while (index < events.length);
    this.oneByOne = false;
    return undefined;
  }

  private async pruneNowAndThen(): Promise<void> {
    const now = performance.now();
    if (now - this.prunedAt < PRUNE_EVERY_IN_MILLISECONDS) return;
    await this.options.store.prune(this.holder.consumer, this.tuning.rememberInDays);
    this.prunedAt = now;
  }

  private async backOff(error: unknown, attempt: number): Promise<void> {
    const longest = this.tuning.backOffInSeconds * 1_000;
    const backOff = Math.min(longest, FIRST_BACK_OFF_IN_MILLISECONDS * 2 ** (attempt - 1));
    const retryInMilliseconds = Math.round(backOff * (0.5 + Math.random() / 2));
    this.observe({ kind: 'failed', error, attempt, retryInMilliseconds });
    await pause(retryInMilliseconds, this.stopping.signal);
  }

  /** Until time is up, or somebody wakes it. */
  private async sleep(milliseconds: number): Promise<void> {
    if (this.woken || this.isStopped) return;
    const sleeping = this.asleep();
    await pause(milliseconds, sleeping.signal);
    if (this.sleeping === sleeping) this.sleeping = undefined;
  }

  private asleep(): AbortController {
    this.sleeping = new AbortController();
    return this.sleeping;
  }

  private observe(what: Observation): void {
    this.options.observe?.(what);
  }
}

/** What no repetition mends. */
function isFinal(error: unknown): boolean {
  if (error instanceof CursorExpired || error instanceof LogDiverged) return true;
  return error instanceof RollcallError && [400, 401, 403, 422].includes(error.status);
}

function isExpired(error: unknown): error is RollcallError {
  return (
    error instanceof RollcallError &&
    error.status === 400 &&
    ['cursor_expired', 'cursor_unknown', 'invalid_cursor'].includes(error.code)
  );
}
