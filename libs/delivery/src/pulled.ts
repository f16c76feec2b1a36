/** What a receiver finds that comes for its events itself: the log after its cursor, and how it is written down what came of them. */
import { recorded, type RecordedEvent } from '@app/directory';
import { headPosition, type EventLog } from '@app/event-log';
import type { Tx } from '@app/runtime';
import { newAttemptId } from './attempts/record.js';
import { keepReceipts, type Addressee, type ReceiptChange } from './receipts.js';
import { wanted, type Receiver } from './source.js';
import { findSuperseded } from './superseded.js';

/** One larger event is read alone. */
const PAGE_IN_BYTES = 8 * 1_024 * 1_024;

interface PulledPage {
  /** Those that the receiver wants, in order of position. */
  events: RecordedEvent[];
  /** Why, for those that something later has made pointless. */
  superseded: ReadonlyMap<RecordedEvent, string>;
  /** Everything up to here was looked at. */
  readTo: number;
  /** There is nothing more for now. */
  ended: boolean;
}

/** @returns the cursor; nobody else answers for the destination until the transaction ends. Undefined: it is gone. */
export async function lockPulled(tx: Tx, destinationId: string): Promise<number | undefined> {
  const [row] = await tx.rows<{ cursor: number }>(
    'select cursor from delivery_state where destination_id = $1 for update',
    [destinationId],
  );
  return row?.cursor;
}

/** @param page.limit how many events of the log are looked at, wanted or not. */
export async function readPulled(
  { tx, log }: { tx: Tx; log: EventLog },
  receiver: Receiver,
  { after, limit }: { after: number; limit: number },
): Promise<PulledPage> {
  const { organizationId } = receiver.destination;
  // Before the page: whatever is up to here is found by it.
  const head = await headPosition(tx);
  const selection = { after, limit, ...(organizationId === null ? {} : { organizationId }) };
  const { entries, complete: ended } = await log.page(tx, selection, PAGE_IN_BYTES);
  const events = await wanted({ database: tx }, receiver, entries.map(recorded));
  return {
    events,
    superseded: await findSuperseded(tx, receiver, events),
    readTo: Math.max(after, entries.at(-1)?.position ?? 0, ended ? head : 0),
    ended,
  };
}

/** How it ended for an event. */
export interface PulledEnd {
  event: RecordedEvent;
  end: { state: 'acknowledged'; jti: string } | { state: 'failed' | 'superseded'; reason: string };
}

/**
 * Writes down what has ended, and that everything up to the cursor has: also what was asked for and is not to be told any
 * more, because somebody has changed what the receiver hears of.
 * @param from the cursor as it was.
 */
export async function settlePulled(
  tx: Tx,
  addressee: Addressee,
  { ended, from, cursor, now }: { ended: readonly PulledEnd[]; from: number; cursor: number; now: Date },
): Promise<void> {
  await keepReceipts(tx, addressee, { changes: ended.map((each) => changeOf(each, now)), now });
  await tx.rows(
    `update revocation_receipt set state = 'superseded', reason = 'the destination does not hear of it any more'
      where destination_id = $1 and position > $2 and position <= $3 and state = 'requested'`,
    [addressee.destinationId, from, cursor],
  );
  const taken = ended.filter(({ end }) => end.state === 'acknowledged').map(({ event }) => event.position);
  await tx.rows(
    `update delivery_state
        set cursor = greatest(cursor, $2), last_delivered = greatest(last_delivered, $3::bigint),
            last_delivered_at = case when $3::bigint is null then last_delivered_at else $4 end
      where destination_id = $1`,
    [addressee.destinationId, cursor, taken.length === 0 ? null : Math.max(...taken), now],
  );
}

function changeOf({ event, end }: PulledEnd, now: Date): ReceiptChange {
  if (end.state !== 'acknowledged') return { event, attempts: [], end };
  const attempt = {
    id: newAttemptId(now),
    about: event,
    attempt: 1,
    probe: false,
    startedAt: now,
    durationInMilliseconds: 0,
    outcome: { kind: 'delivered' as const, status: 200 },
    answer: null,
    jti: end.jti,
  };
  return { event, attempts: [attempt], end: null };
}
