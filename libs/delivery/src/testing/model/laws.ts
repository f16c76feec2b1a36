/** What must hold whatever happens. A broken law is remembered with a sentence; the world looks after each act. */
import { breakerState, FAILURES_THAT_OPEN } from '../../breaker.js';
import { DEFAULT_MANNER } from '../../options.js';
import { RETRY_POLICIES } from '../../retry-policy.js';
import type { Machine } from './machine.js';
import type { Answer, Ending, Told } from './plan.js';
import type { Parked, Seen } from './standing.js';
import { heldBy, share, type Ear, type Happened, type Story } from './story.js';

/** A process working for a destination, as that was when it took the lease. */
export interface Holding<Act> {
  machine: Machine<Act>;
  ear: Ear;
  epoch: number;
  /** How often people had ordered anew by then. */
  orders: number;
  inFlight: Happened[];
  /** First attempts that failed since the last one that did not. */
  firstFailures: number;
  /** The longest pause that it was asked for. */
  pauseUntil: number;
}

const GIVEN_UP_AFTER_SECONDS = RETRY_POLICIES.soon.giveUp.afterSeconds!;
const DISABLED_AFTER_MILLISECONDS = 3_600_000 * DEFAULT_MANNER.disableAfterHours;
/** The last attempt may come a moment before the end. */
const MOMENT = 1_000;

export class Laws {
  readonly broken: string[] = [];

  constructor(private readonly story: Story) {}

  started<Act>(holding: Holding<Act>, event: Happened, told: Told): void {
    const { ear, epoch, orders, inFlight } = holding;
    if (!ear.wants(event)) this.breaks(ear, `was told of ${event.position}, which it does not want`);
    if (inFlight.length > ear.wish.maxInFlight) this.breaks(ear, `has ${inFlight.length} requests in flight`);
    // Who has lost the lease to a new order goes by the old one or by the new one, whichever it has read.
    if (orders === ear.orders) this.comesInOrder(holding, event);
    if (epoch === ear.epoch) this.isChained(ear, event, told);
  }

  answered<Act>(
    holding: Holding<Act>,
    event: Happened,
    { answer, heard, now }: { answer: Answer; heard: boolean; now: number },
  ): void {
    const { ear, epoch } = holding;
    const { position } = event;
    const status = answer === 'hangs up' ? 0 : answer.status;
    if (status >= 200 && status < 300) {
      holding.firstFailures = 0;
      ear.everAcked.add(position);
      if (epoch === ear.epoch) ear.acked.add(position);
      return;
    }
    const failures = (ear.failed.get(position) ?? 0) + 1;
    if (failures === 1) holding.firstFailures += 1;
    ear.failed.set(position, failures);
    ear.failingSince ??= now;
    if (!ear.firstFailed.has(position)) ear.firstFailed.set(position, now);
    const tooLong = now - ear.firstFailed.get(position)! > 1_000 * GIVEN_UP_AFTER_SECONDS - MOMENT;
    if (ear.aged.has(position) || tooLong) ear.excused.add(position);
    const failsForLong = now - ear.failingSince >= DISABLED_AFTER_MILLISECONDS;
    if (status === 410 || failsForLong) ear.mayBeDisabled ||= heard;
    if (answer !== 'hangs up' && answer.retryAfter && heard) {
      holding.pauseUntil = Math.max(holding.pauseUntil, now + 1_000 * answer.retryAfter);
    }
  }

  /** A pump that nobody interfered with. */
  pumped(
    ear: Ear,
    { before, after, sent, now }: { before: Seen; after: Seen; sent: readonly number[]; now: number },
  ): void {
    const breaker = breakerState(before, new Date(now));
    const reason =
      (ear.state !== 'enabled' && `is ${ear.state}`) ||
      (before.leased && 'is in the hands of somebody else') ||
      (breaker === 'resting' && 'is resting') ||
      (ear.pauseUntil > now && 'asked to be left alone');
    if (reason && sent.length > 0) this.breaks(ear, `${reason}, and was sent ${sent.length} requests`);
    if (breaker === 'half-open' && sent.length > 1)
      this.breaks(ear, `was probed with ${sent.length} requests`);
    const early = before.parked.filter(
      ({ position, state, dueAt }) =>
        sent.includes(position) && state !== 'behind' && !(dueAt && Date.parse(dueAt) <= now),
    );
    if (early.length > 0) this.breaks(ear, `was told of ${listed(early)}, which were not due`);
    const grown = unfinished(after.parked).length - unfinished(before.parked).length;
    if (breaker === 'half-open' && grown > 1)
      this.breaks(ear, `is open, and ${grown} deliveries more are parked`);
  }

  /** Whoever gives the lease back, also after a mistake, has nothing under way: nobody else could know of it. */
  ended<Act>({ ear, inFlight }: Holding<Act>, { kind }: Ending): void {
    if ((kind === 'ended' || kind === 'failed') && inFlight.length > 0)
      this.breaks(ear, `was left while ${listed(inFlight)} were under way`);
  }

  /** What a process that has ended by itself must have written down. */
  concluded<Act>({ ear, firstFailures, pauseUntil }: Holding<Act>, now: number): void {
    ear.pauseUntil = Math.max(ear.pauseUntil, pauseUntil, firstFailures >= FAILURES_THAT_OPEN ? now + 1 : 0);
  }

  /** Between two acts, whoever may be in the middle of something. */
  between(ears: readonly Ear[], all: readonly Seen[]): void {
    ears.forEach((ear, index) => {
      const seen = all[index]!;
      this.nothingIsPassedOver(ear, seen);
      this.whatIsParkedHasAReason(ear, seen.parked);
      if (seen.state === 'disabled' && ear.state === 'enabled' && ear.mayBeDisabled) ear.state = 'disabled';
      if (seen.state !== ear.state) this.breaks(ear, `is ${seen.state} and should be ${ear.state}`);
    });
  }

  atTheEnd(ears: readonly Ear[], all: readonly Seen[]): void {
    ears.forEach((ear, index) => {
      const { cursor, parked } = all[index]!;
      const owed = this.story
        .wanted(ear)
        .filter((event) => !ear.acked.has(event.position) && !this.story.excused(ear, event));
      if (owed.length > 0) this.breaks(ear, `was never told of ${listed(owed)}`);
      const left = unfinished(parked);
      if (left.length > 0) this.breaks(ear, `has ${listed(left)} parked for ever`);
      const last = this.story.wanted(ear).at(-1);
      if (last && cursor < last.position) this.breaks(ear, `stands still at ${cursor}`);
    });
  }

  breaks(ear: Ear, sentence: string): void {
    this.broken.push(`destination ${this.story.ears.indexOf(ear)} ${sentence}`);
  }

  private comesInOrder<Act>({ ear, epoch, inFlight }: Holding<Act>, event: Happened): void {
    const { position } = event;
    const keys = heldBy(event, ear.ordering);
    const together = inFlight.filter((other) => other !== event && share(heldBy(other, ear.ordering), keys));
    if (together.length > 0) this.breaks(ear, `has ${position} in flight together with ${listed(together)}`);
    const told = epoch === ear.epoch ? ear.acked : ear.everAcked;
    const missing = this.story.before(ear, event).filter((earlier) => !told.has(earlier.position));
    if (missing.length > 0) this.breaks(ear, `was told of ${position} before ${listed(missing)}`);
  }

  private isChained(ear: Ear, event: Happened, { previous }: Told): void {
    const { position } = event;
    const lawful = this.story.previousOf(ear, event);
    if (!lawful.includes(previous))
      this.breaks(ear, `was told that ${previous} came before ${position}, and not ${lawful.join(' or ')}`);
    const said = ear.said.get(position);
    if (said !== undefined && said !== previous)
      this.breaks(ear, `was told that ${previous} came before ${position}, and ${said} at first`);
    ear.said.set(position, previous);
  }

  private nothingIsPassedOver(ear: Ear, { cursor, parked }: Seen): void {
    const rows = new Set(parked.map(({ position }) => position));
    const lost = this.story
      .wanted(ear)
      .filter(({ position }) => position <= cursor && !ear.acked.has(position) && !rows.has(position));
    if (lost.length > 0) this.breaks(ear, `has passed ${listed(lost)} without telling (cursor ${cursor})`);
  }

  private whatIsParkedHasAReason(ear: Ear, parked: readonly Parked[]): void {
    const open = unfinished(parked);
    for (const row of parked) {
      const event = this.story.at(row.position);
      const what = `${row.position} (${row.state}, ${row.attempts} attempts)`;
      if (!event || !ear.wants(event)) {
        this.breaks(ear, `has parked ${what}, which it does not want`);
        continue;
      }
      const tried = ear.aged.has(row.position) ? Infinity : (ear.failed.get(row.position) ?? 0);
      const free = event.impossible ? 1 : 0;
      if (row.attempts > tried + free) this.breaks(ear, `has parked ${what} that failed ${tried} times only`);
      if (row.state === 'given-up' && !this.story.excused(ear, event))
        this.breaks(ear, `has given up ${what} too early`);
      if (row.state === 'superseded' && !this.story.pointless(ear, event))
        this.breaks(ear, `has dropped ${what}`);
      const infront = open.some(
        (other) => other.position < row.position && share(other.subjects, row.subjects),
      );
      if (row.state === 'behind' && !infront) this.breaks(ear, `has parked ${what} behind nothing`);
    }
  }
}

function unfinished(parked: readonly Parked[]): Parked[] {
  return parked.filter(({ state }) => state === 'waiting' || state === 'behind');
}

function listed(events: readonly { position: number }[]): string {
  return events.map(({ position }) => position).join(', ');
}
