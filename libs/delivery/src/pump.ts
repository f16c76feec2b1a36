/** Works for one destination for a short while, if nobody else does. Safe to call at any time, from any process. */
import { newId } from '@app/runtime';
import type { Destination, OpenedSecret, ServedDestination } from '@app/tenancy';
import type { Sender } from './attempt.js';
import { EndpointHistory } from './endpoint-history.js';
import type { Engine } from './engine.js';
import {
  LeaseLost,
  releaseLease,
  releaseWhenPossible,
  takeLeaseAnd,
  type Lease,
  type Remainder,
} from './lease.js';
import { sayLastWord } from './last-word.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { Tally } from './ledger.js';
import { mannerOf } from './options.js';
import { placeOfItsOwn, type Place } from './place.js';
import { Turns } from './turns.js';

export type PumpReport =
  /** Nothing to do here: no such destination, not enabled, resting, or in somebody else's hands. */
  | { kind: 'idle' }
  /** `announced`: something was appended to the log, so its bell wants to be rung. */
  | ({ kind: 'worked'; tally: Tally; announced: boolean } & Remainder & Paced)
  | { kind: 'lost' };

export interface Paced {
  /** Its rate is used up for so long; 0: it is not. */
  pausedInMilliseconds: number;
  /** What it had to do is done; if there is more, that has just happened. */
  hasCaughtUp: boolean;
}

/** @param place given back when there is nothing left to do but wait for a silent endpoint. */
export async function pump(
  engine: Engine,
  destinationId: string,
  place: Place = placeOfItsOwn(engine.limits.sliceInMilliseconds),
): Promise<PumpReport> {
  const askedAt = performance.now();
  // Whoever orders a destination's deliveries anew takes the lease away, so it is read as it is from the lease on.
  const now = engine.clock.now();
  const { standing, read } = await takeLeaseAnd(engine.database, { destinationId, now }, (tx) =>
    engine.destinations.served(destinationId, tx),
  );
  if (read && read.destination.state !== 'enabled') {
    if (standing) await releaseLease(engine.database, standing.lease);
    await leaveStopped(engine, read);
    return { kind: 'idle' };
  }
  if (!standing) return { kind: 'idle' };
  const served = await asItIsNow(engine, standing.lease, read);
  if (!served) return { kind: 'idle' };
  const keeper = new LeaseKeeper(engine.database, standing.lease, askedAt);
  const turns = new Turns(engine, { ...served, standing, keeper, place });
  const startedAt = Date.now();
  try {
    await turns.run();
    const { stop } = turns;
    if (stop) engine.observations.warn(`destination ${stop.state}`, { destinationId, reason: stop.reason });
  } catch (error) {
    if (!(error instanceof LeaseLost)) {
      await release(engine, standing.lease).catch(() => undefined);
      throw error;
    }
    engine.observations.warn('lease lost', { destinationId });
    return { kind: 'lost' };
  } finally {
    keeper.stop();
    tellSlice(engine, served.sender, turns, startedAt);
  }
  const remainder = turns.remainder ?? (await release(engine, standing.lease));
  if (!remainder) return { kind: 'lost' };
  const { tally, announced, pausedInMilliseconds, hasCaughtUp } = turns;
  const rest = turns.stop ? { ...remainder, ...NOTHING_MORE } : remainder;
  return { kind: 'worked', tally, announced, pausedInMilliseconds, hasCaughtUp, ...rest };
}

function tellSlice(engine: Engine, sender: Sender, { tally }: Turns, startedAt: number): void {
  const { destinationId, slice, protocol } = sender;
  const durationInMilliseconds = Date.now() - startedAt;
  const { urgency } = protocol;
  engine.observations.debug('slice ended', {
    ...{ destinationId, slice, urgency, ...tally, startedAt, durationInMilliseconds },
  });
}

/** While the database is away this fails, and somebody sees to it that the lease need not run out once it is back. */
async function release({ database }: Engine, lease: Lease): Promise<Remainder | undefined> {
  try {
    return await releaseLease(database, lease);
  } catch (error) {
    void releaseWhenPossible(database, lease);
    throw error;
  }
}

const NOTHING_MORE: Pick<Remainder, 'more' | 'dueAt'> = { more: false, dueAt: null };

/** It needs no lease: nothing of the destination changes by it. */
async function leaveStopped(engine: Engine, served: ServedDestination): Promise<void> {
  const { destination } = served;
  if (!engine.protocols.get(destination.protocol)?.hearsOfItself) return;
  const sender = senderFor(engine, destination, engine.destinations.opened(served));
  if (sender && !sender.protocol.pulled?.(sender.settings))
    await sayLastWord(engine, { destination, sender });
}

/** @returns undefined, with the lease given back, when it is not to be worked for. */
async function asItIsNow(
  engine: Engine,
  lease: Lease,
  found: ServedDestination | null,
): Promise<{ destination: Destination; sender: Sender } | undefined> {
  try {
    const sender =
      found?.destination.state === 'enabled' &&
      senderFor(engine, found.destination, engine.destinations.opened(found));
    if (found && sender && !sender.protocol.pulled?.(sender.settings))
      return { destination: found.destination, sender };
  } catch (error) {
    await releaseLease(engine.database, lease).catch(() => undefined);
    throw error;
  }
  await releaseLease(engine.database, lease);
  return undefined;
}

/** @returns undefined, and says so, when this program does not know the destination's protocol. */
export function senderFor(
  engine: Engine,
  destination: Destination,
  secrets: readonly OpenedSecret[],
): Sender | undefined {
  const protocol = engine.protocols.get(destination.protocol);
  if (!protocol) {
    const { id: destinationId, protocol: name } = destination;
    engine.observations.error('destination has an unknown protocol', { destinationId, protocol: name });
    return undefined;
  }
  const settings = engine.settings.of(protocol, destination);
  return {
    destinationId: destination.id,
    manner: mannerOf(destination.delivery),
    protocol,
    settings,
    slice: newId('slice', engine.clock.now()),
    secrets,
    access: engine.settings.accessOf(destination, engine.destinations),
    history: new EndpointHistory(engine.database, destination.id, protocol.endpoint(settings)),
  };
}
