/** Works for one destination for a short while, if nobody else does. Safe to call at any time, from any process. */
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
import { Slice } from './slice.js';

export type PumpReport =
  /** Nothing to do here: no such destination, not enabled, resting, or in somebody else's hands. */
  { kind: 'idle' } | ({ kind: 'worked'; tally: Tally } & Remainder) | { kind: 'lost' };

/** @param onQuiet called when the pump does nothing any more but wait for a silent endpoint. */
export async function pump(engine: Engine, destinationId: string, onQuiet?: () => void): Promise<PumpReport> {
  const found = await engine.destinations.findWithSecrets(destinationId);
  if (found?.destination.state !== 'enabled') return { kind: 'idle' };
  const { destination, secrets } = found;
  const sender = senderFor(engine, destination, secrets);
  if (!sender) return { kind: 'idle' };
  const standing = await takeLease(engine.database, destinationId, engine.clock.now());
  if (!standing) return { kind: 'idle' };
  const keeper = new LeaseKeeper(engine.database, standing.lease);
  const slice = new Slice(engine, { destination, sender, standing, keeper, onQuiet });
  try {
    await slice.run();
    if (slice.gone) await disable(engine, destinationId);
  } catch (error) {
    if (!(error instanceof LeaseLost)) {
      await release(engine, standing.lease).catch(() => undefined);
      throw error;
    }
    engine.observations.warn('lease lost', { destinationId });
    return { kind: 'lost' };
  } finally {
    keeper.stop();
  }
  const remainder = await release(engine, standing.lease);
  if (!remainder) return { kind: 'lost' };
  return { kind: 'worked', tally: slice.tally, ...remainder, ...(slice.gone ? NOTHING_MORE : {}) };
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

function senderFor(
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
    secrets,
  };
}

/** 410 Gone: the receiver says so for good. A person can enable it again; it goes on where it stopped. */
async function disable(engine: Engine, destinationId: string): Promise<void> {
  await engine.destinations.change(destinationId, { state: 'disabled' });
  engine.observations.warn('destination disabled: it answered 410 Gone', { destinationId });
}
