/** One request to see whether an endpoint hears us. Asked for by a person, made by a worker, and no part of any delivery. */
import { testEvent, type TestType } from '@app/directory';
import { isDatabaseAway, newId, type Database, type TicketQueue, type Tx } from '@app/runtime';
import { attemptDelivery, type Sender } from './attempt.js';
import type { Engine } from './engine.js';
import { senderFor } from './pump.js';
import { attemptRow, keepAttempt, newAttemptId, type AttemptRecord } from './attempts/record.js';

/** "This test waits", for whichever worker is free. */
export const TEST_QUEUE = 'delivery-tests';

export interface TestTicket {
  testId: string;
}

export class TestTickets {
  constructor(private readonly queue: TicketQueue) {}

  async put(testId: string): Promise<void> {
    const ticket: TestTicket = { testId };
    await this.queue.put(testId, ticket);
  }
}

export interface DeliveryTest {
  id: string;
  destinationId: string;
  eventType: string;
  state: 'waiting' | 'done';
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  durationInMilliseconds: number | null;
  outcome: string | null;
  status: number | null;
  error: string | null;
  /** The first bytes of the answer. */
  answer: string | null;
}

const COLUMNS = `id, destination_id as "destinationId", event_type as "eventType", state, created_at as "createdAt",
  started_at as "startedAt", finished_at as "finishedAt", duration_in_milliseconds as "durationInMilliseconds", outcome,
  status, error, answer`;

/** As long as attempts are kept. */
const KEPT_IN_DAYS = 30;

/** @returns undefined when one of this destination waits already. */
export async function askForTest(
  tx: Tx,
  { destinationId, eventType, now }: { destinationId: string; eventType: TestType; now: Date },
): Promise<DeliveryTest | undefined> {
  await tx.rows(`delete from delivery_test where destination_id = $1 and created_at < $2`, [
    destinationId,
    new Date(now.getTime() - KEPT_IN_DAYS * 86_400_000),
  ]);
  const [row] = await tx.rows<DeliveryTest>(
    `insert into delivery_test (id, destination_id, event_type, state, created_at) values ($1, $2, $3, 'waiting', $4)
     on conflict do nothing returning ${COLUMNS}`,
    [newId('test', now), destinationId, eventType, now],
  );
  return row;
}

export async function findTest(
  tx: Tx,
  { destinationId, id }: { destinationId: string; id: string },
): Promise<DeliveryTest | undefined> {
  const [row] = await tx.rows<DeliveryTest>(
    `select ${COLUMNS} from delivery_test where destination_id = $1 and id = $2`,
    [destinationId, id],
  );
  return row;
}

/** Tests whose ticket was lost, or whose worker was. */
export async function forgottenTests(database: Database, limit: number): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(
    `select id from delivery_test
      where state = 'waiting' and created_at < now() - interval '2 seconds'
        and (claimed_until is null or claimed_until < now())
      order by created_at limit $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/** Far longer than a request may take: until then nobody else makes it. */
const CLAIMED_IN_SECONDS = 60;

/**
 * Makes the request, whatever the state of the destination, and writes down what came of it. It tells nothing about the
 * destination's health, moves no cursor and is never tried again.
 */
export async function runTest(engine: Engine, id: string): Promise<void> {
  const [test] = await engine.database.rows<DeliveryTest>(
    `update delivery_test set claimed_until = now() + make_interval(secs => $2)
      where id = $1 and state = 'waiting' and (claimed_until is null or claimed_until < now()) returning ${COLUMNS}`,
    [id, CLAIMED_IN_SECONDS],
  );
  if (!test) return;
  const record = await attempted(engine, test);
  const { started_at, duration_in_milliseconds, outcome, status, error, answer } = attemptRow(record);
  await engine.database.transaction(async (tx) => {
    await tx.rows(
      `update delivery_test
          set state = 'done', finished_at = $2, started_at = $3, duration_in_milliseconds = $4, outcome = $5, status = $6,
              error = $7, answer = $8
        where id = $1`,
      [id, engine.clock.now(), started_at, duration_in_milliseconds, outcome, status, error, answer],
    );
    const { worker, kept } = engine.attempts;
    if (kept) await keepAttempt(tx, record, { destinationId: test.destinationId, worker });
  });
}

async function attempted(engine: Engine, test: DeliveryTest): Promise<AttemptRecord> {
  const sender = await knownSender(engine, test.destinationId);
  if (!sender?.protocol.informs) {
    const reason = sender
      ? `${sender.protocol.name} would end somebody's sessions, and knows no test`
      : 'the settings or the secret of the destination cannot be read';
    const outcome = { kind: 'impossible' as const, reason };
    const startedAt = engine.clock.now();
    return { id: newAttemptId(startedAt), kind: 'test', startedAt, outcome, ...NOT_SENT };
  }
  // The time at which it was asked for, so that a worker that takes it over says the same.
  const at = test.createdAt.toISOString();
  const event = testEvent({ id: test.id, type: test.eventType as TestType, at });
  return attemptDelivery(engine, sender, { event, previousSequence: null, attempt: 1, probe: false });
}

const NOT_SENT = { attempt: 1, probe: false, durationInMilliseconds: 0, answer: null };

/** A test is there to find out, so what would stop a delivery is its result. */
async function knownSender(engine: Engine, destinationId: string): Promise<Sender | undefined> {
  try {
    const served = await engine.destinations.served(destinationId);
    return served ? senderFor(engine, served.destination, engine.destinations.opened(served)) : undefined;
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    engine.observations.warn('destination cannot be tested', { destinationId, error });
    return undefined;
  }
}
