/** Works for one destination for a short while, if nobody else does. Safe to call at any time, from any process. */
import { newId } from '@app/runtime';
import type { Destination, OpenedSecret } from '@app/tenancy';
import type { Sender } from './attempt.js';
import type { Engine } from './engine.js';
import {
  LeaseKeeper,
  LeaseLost,
  releaseLease,
  releaseWhenPossible,
  takeLease,
  type Lease,
  type Remainder,
} from './lease.js';
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
  const standing = await takeLease(engine.database, destinationId, engine.clock.now());
  if (!standing) return { kind: 'idle' };
  const served = await asItIsNow(engine, standing.lease);
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
  const remainder = await release(engine, standing.lease);
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

/**
 * Read under the lease: whoever orders a destination's deliveries anew takes the lease away, so what is read before could
 * be how it was served until then.
 * @returns undefined, with the lease given back, when it is not to be worked for.
 */
async function asItIsNow(
  engine: Engine,
  lease: Lease,
): Promise<{ destination: Destination; sender: Sender } | undefined> {
  try {
    const found = await engine.destinations.findWithSecrets(lease.destinationId);
    const sender =
      found?.destination.state === 'enabled' && senderFor(engine, found.destination, found.secrets);
    if (found && sender) return { destination: found.destination, sender };
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
  return {
    destinationId: destination.id,
    manner: mannerOf(destination.delivery),
    protocol,
    settings: engine.settings.of(protocol, destination),
    slice: newId('slice', engine.clock.now()),
    secrets,
    access: engine.settings.accessOf(destination, engine.destinations),
  };
}
