import { describe, expect, it } from '@jest/globals';
import { eventually, type Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { LeaseLost, takeLease } from './lease.js';
import { settle, type Settlement } from './settle.js';
import { WELL } from './breaker.js';
import type { Stage } from './testing/stage.js';

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const parked = (position: number): Settlement['parks'][number] => ({
  ...{ position, subjects: ['directory_user_a'], previousSequence: null, batch: null },
  ...{ state: 'waiting', attempts: 1, dueAt: new Date(), lastOutcome: null },
});

const settlement = (position: number, directoryId: string): Settlement => ({
  ...{ worker: 'stage', cursor: position, health: WELL, lastDelivered: null, attempts: [], unparked: [] },
  ...{ parks: [parked(position)], finishedSubjects: [], owedInMilliseconds: 0 },
  links: [{ directoryId, position, sequence: 1 }],
});

/** Until somebody waits for a lock that another one holds. */
async function somebodyWaits(): Promise<void> {
  await eventually(async () => {
    const rows = await stage.database.rows(
      `select from pg_locks w join pg_locks h on h.pid = w.pid
         join pg_database d on d.oid = h.database and d.datname = current_database()
        where not w.granted`,
    );
    if (rows.length === 0) throw new Error('nobody waits');
  });
}

describe('a destination that is deleted while somebody works for it', () => {
  it('goes when they have written down what they had in hand', async () => {
    const id = await stage.destination({ url: sink.url, organizationId: organization });
    const [position] = await stage.append(organization, [
      { type: 'UserProfileChanged', subjects: ['directory_user_a'] },
    ]);
    const standing = await takeLease(stage.database, id, stage.clock.now());
    const { removing } = await stage.database.transaction(async (tx) => {
      // As a settlement begins: with the row that its lease stands in.
      await tx.rows('select from delivery_state where destination_id = $1 for update', [id]);
      const deleting = stage.engine.destinations.remove(id);
      await somebodyWaits();
      const database = { ...stage.database, transaction: (work: (inner: typeof tx) => unknown) => work(tx) };
      const written = settlement(position!, `directory_of_${organization}`);
      await settle(database as never, standing!.lease, written, { now: stage.clock.now() });
      // In an object, or it would be waited for here.
      return { removing: deleting };
    });
    expect(await removing).toBe(true);
    for (const table of ['delivery_state', 'delivery_chain', 'parked_delivery'])
      expect(await stage.database.rows(`select from ${table} where destination_id = $1`, [id])).toEqual([]);
  });

  it('lets nobody write anything more', async () => {
    const id = await stage.destination({ url: sink.url, organizationId: organization });
    const standing = await takeLease(stage.database, id, stage.clock.now());
    await stage.engine.destinations.remove(id);
    const written = settlement(1, `directory_of_${organization}`);
    const settling = settle(stage.database, standing!.lease, written, { now: stage.clock.now() });
    await expect(settling).rejects.toBeInstanceOf(LeaseLost);
  });
});
