/** What a stream that does not go on is told all the same: that it does not. SSF 1.0 §8.1.5 */
import { operationsOf, recorded, type RecordedEvent } from '@app/directory';
import type { EventLog } from '@app/event-log';
import { isDatabaseAway, type Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import { attemptDelivery, type Sender } from './attempt.js';
import { keepAttempt } from './attempts/record.js';
import type { Engine } from './engine.js';

/** So often does nobody change the status of a stream that does not move. */
const CHANGES_AT_MOST = 100;

/** Whether it says of this destination that it stops here. */
export function isLastWord(event: RecordedEvent, { id }: Pick<Destination, 'id'>): boolean {
  return event.type === 'StreamUpdated' && event.data.streamId === id && event.data.status !== 'enabled';
}

/** @returns what was said last of a stream beyond its cursor, where that is that it stops; undefined otherwise. */
export async function lastWord(
  { tx, log }: { tx: Tx; log: EventLog },
  { id, organizationId }: Pick<Destination, 'id' | 'organizationId'>,
  cursor: number,
): Promise<RecordedEvent | undefined> {
  const entries = await log.after(tx, {
    ...{ after: cursor, limit: CHANGES_AT_MOST },
    directoryId: operationsOf(organizationId),
    types: ['StreamUpdated'],
    subjects: [id],
  });
  const last = entries.map(recorded).at(-1);
  return last && isLastWord(last, { id }) ? last : undefined;
}

/**
 * Sends it once, whatever comes of it: it moves no cursor, says nothing of the endpoint's health, and is told again in its turn,
 * under the same `jti`, when the stream goes on.
 */
export async function sayLastWord(
  engine: Engine,
  { destination, sender }: { destination: Destination; sender: Sender },
): Promise<void> {
  const { database, log, attempts } = engine;
  const [row] = await database.rows<{ cursor: number }>(
    'select cursor from delivery_state where destination_id = $1',
    [destination.id],
  );
  const event = row && (await lastWord({ tx: database, log }, destination, row.cursor));
  if (!event) return;
  const about = { event, previousSequence: null, attempt: 1, probe: false };
  const record = await attemptDelivery(engine, sender, about);
  if (!attempts.kept) return;
  const { id: destinationId } = destination;
  try {
    await keepAttempt(database, record, { destinationId, worker: attempts.worker });
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
  }
}
