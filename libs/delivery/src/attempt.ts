/** One attempt: composed, sent, read. Whatever happens becomes an outcome. */
import type { RecordedEvent } from '@app/directory';
import { newAttemptId, type AttemptRecord } from './attempts/record.js';
import { redactedAnswer } from './attempts/redact.js';
import { tellAttempt } from './attempts/tell.js';
import type { OpenedSecret } from '@app/tenancy';
import type { Engine } from './engine.js';
import type { Manner } from './options.js';
import type { Message, Outcome, Protocol } from './protocol.js';
import { receiverWish, type ReceiverWish } from './receiver-wish.js';
import type { Access } from './request/access.js';

export interface Sender {
  destinationId: string;
  manner: Manner;
  protocol: Protocol;
  settings: object;
  /** The turn of work, for whoever follows what happened. */
  slice: string;
  secrets: readonly OpenedSecret[];
  access: Access;
}

export interface Delivery {
  event: RecordedEvent;
  previousSequence: number | null;
  attempt: number;
  probe: boolean;
  /** The replay that it is a part of. */
  replayId?: string | undefined;
  /** Those that go with it in the same request, in order. */
  following?: readonly (Message & { attempt: number })[];
}

/** Says of a request that it is part of a replay, and of which. */
const REPLAY_HEADER = 'rollcall-replay';

export async function attemptDelivery(
  engine: Engine,
  sender: Sender,
  { event, previousSequence, attempt, probe, replayId, following = [] }: Delivery,
): Promise<AttemptRecord> {
  const startedAt = engine.clock.now();
  engine.observations.debug('attempt started', { protocol: sender.protocol.name });
  const startedMark = performance.now();
  const { outcome, wish, answer } = await outcomeOf(engine, sender, {
    ...{ event, previousSequence, attempt, replayId, following },
    at: startedAt,
  });
  const durationInMilliseconds = performance.now() - startedMark;
  engine.observations.debug('attempt ended', { protocol: sender.protocol.name });
  const record = {
    ...{
      id: newAttemptId(startedAt),
      ...aboutOf(event, replayId),
      attempt,
      probe,
      startedAt,
      durationInMilliseconds,
      outcome,
      wish,
      ...(following.length > 0 ? { batchSize: 1 + following.length } : {}),
    },
    answer: redactedAnswer(
      answer,
      sender.secrets.map(({ value }) => value),
    ),
  };
  tellAttempt(engine, sender, record);
  return record;
}

/** Of one request with several events each has a record of its own. @param first as `attemptDelivery` gave it. */
export function recordsOfAll(
  engine: Engine,
  sender: Sender,
  { first, following = [] }: { first: AttemptRecord } & Pick<Delivery, 'following'>,
): AttemptRecord[] {
  const others = following.map(({ event, attempt }) => ({
    ...first,
    ...{ id: newAttemptId(first.startedAt), about: event, attempt },
  }));
  for (const record of others) tellAttempt(engine, sender, record);
  return [first, ...others];
}

type Asked = Omit<Delivery, 'probe' | 'following'> & Required<Pick<Delivery, 'following'>>;

async function outcomeOf(
  engine: Engine,
  { destinationId, manner, protocol, settings, secrets, access }: Sender,
  { event, previousSequence, attempt, replayId, following, at }: Asked & { at: Date },
): Promise<{ outcome: Outcome; wish?: ReceiverWish | undefined; answer: string | null }> {
  try {
    const { issuer, sign } = engine;
    const context = { settings, secrets, at, attempt, previousSequence, issuer, sign };
    // Whoever asked for several events in one request gets that form always, also when there is one event only.
    const together = manner.batchSize > 1 && protocol.composeBatch !== undefined;
    const request = await (together
      ? protocol.composeBatch!([{ event, previousSequence }, ...following], context)
      : protocol.compose(event, context));
    if ('impossible' in request) {
      return { outcome: { kind: 'impossible', reason: request.impossible }, answer: null };
    }
    if (replayId) request.headers[REPLAY_HEADER] = replayId;
    const exchange = await engine.send(request, access);
    if (exchange.kind === 'unreachable') return { outcome: exchange, answer: null };
    return {
      outcome: protocol.read(exchange.answer),
      wish: receiverWish(exchange.answer),
      answer: exchange.answer.excerpt || null,
    };
  } catch (error) {
    // Our own mistake. It is retried like a failure, so that a mended release still delivers the event, and it stops
    // nobody else; the observation is what wakes us up.
    engine.observations.error('delivery could not be attempted', {
      destinationId,
      position: event.position,
      error,
    });
    return {
      outcome: { kind: 'unreachable', reason: 'Rollcall could not compose or read this delivery' },
      answer: null,
    };
  }
}

/** What the attempt was about: a test is about no event of the log. */
function aboutOf(event: RecordedEvent, replayId: string | undefined): Pick<AttemptRecord, 'about' | 'kind'> {
  if (event.test) return { kind: 'test' };
  return { about: event, ...(replayId === undefined ? {} : { kind: 'replay' }) };
}
