/** One attempt: composed, sent, read. Whatever happens becomes an outcome. */
import type { RecordedEvent } from '@app/directory';
import { newAttemptId, type AttemptRecord, type Confirmation } from './attempts/record.js';
import { redactedAnswer } from './attempts/redact.js';
import { tellAttempt } from './attempts/tell.js';
import type { OpenedSecret } from '@app/tenancy';
import { isSuccess } from './answer.js';
import type { EndpointHistory } from './endpoint-history.js';
import type { Engine } from './engine.js';
import type { Manner } from './options.js';
import type { History, HttpAnswer, HttpRequest, Message, Outcome, Protocol } from './protocol.js';
import { receiverWish, type ReceiverWish } from './receiver-wish.js';
import type { Access } from './request/access.js';
import type { MayGoOut } from './send.js';

export interface Sender {
  destinationId: string;
  manner: Manner;
  protocol: Protocol;
  settings: object;
  /** The turn of work, for whoever follows what happened. */
  slice: string;
  secrets: readonly OpenedSecret[];
  access: Access;
  history: EndpointHistory;
}

export interface Delivery {
  event: RecordedEvent;
  previousSequence: number | null;
  attempt: number;
  probe: boolean;
  /** The replay that it is a part of. */
  replayId?: string | undefined;
  /** Why only a part of it is to be told. */
  superseded?: string | undefined;
  /** Those that go with it in the same request, in order. */
  following?: readonly (Message & { attempt: number })[];
  /** Asked just before each request of it is written. Not given: nobody else could send it meanwhile. */
  mayGoOut?: MayGoOut | undefined;
}

/** Says of a request that it is part of a replay, and of which. */
const REPLAY_HEADER = 'rollcall-replay';

export async function attemptDelivery(
  engine: Engine,
  sender: Sender,
  { probe, following = [], ...about }: Delivery,
): Promise<AttemptRecord> {
  const { event, attempt, replayId } = about;
  const startedAt = engine.clock.now();
  engine.observations.debug('attempt started', { protocol: sender.protocol.name });
  const startedMark = performance.now();
  const { outcome, wish, answer, jti, confirmed } = await outcomeOf(engine, sender, {
    ...{ ...about, following },
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
      jti,
      confirmed,
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

interface Heard {
  outcome: Outcome;
  wish?: ReceiverWish | undefined;
  answer: string | null;
  jti?: string | undefined;
  confirmed?: Confirmation | undefined;
}

/** An event of which a receiver wants no part. */
const NOTHING_TO_SAY: Heard = {
  outcome: { kind: 'impossible', reason: 'nothing of this event is for this receiver' },
  answer: null,
};

type Asked = Omit<Delivery, 'probe' | 'following'> & Required<Pick<Delivery, 'following'>>;

async function outcomeOf(
  engine: Engine,
  { destinationId, manner, protocol, settings, secrets, access, history }: Sender,
  { event, previousSequence, attempt, replayId, superseded, following, mayGoOut, at }: Asked & { at: Date },
): Promise<Heard> {
  const startedMark = performance.now();
  let confirmed: Confirmation | undefined;
  try {
    const { issuer, sign } = engine;
    const told = { settings, superseded, secrets, at, attempt, previousSequence };
    const context = { destinationId, ...told, issuer, sign };
    // Whoever asked for several events in one request gets that form always, also when there is one event only.
    const together = manner.batchSize > 1 && protocol.composeBatch !== undefined;
    const request = await (together
      ? protocol.composeBatch!([{ event, previousSequence }, ...following], context)
      : protocol.compose(event, context));
    if ('impossible' in request) {
      return { outcome: { kind: 'impossible', reason: request.impossible }, answer: null };
    }
    const requests = 'url' in request ? [request] : request;
    let heard: Heard = NOTHING_TO_SAY;
    for (const each of requests) {
      if (replayId) each.headers[REPLAY_HEADER] = replayId;
      const { jti = heard.jti } = each;
      heard = { ...(await ask(engine, { protocol, access, history, event, mayGoOut }, each)), jti };
      const { outcome } = heard;
      if (outcome.kind !== 'delivered') break;
      if (requests.length === 1 || each.jti === undefined) continue;
      const heardAt = new Date(at.getTime() + Math.round(performance.now() - startedMark));
      confirmed = { status: outcome.status, note: outcome.note, jti, at: heardAt };
    }
    return { ...heard, confirmed };
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
      confirmed,
    };
  }
}

async function ask(
  { send }: Engine,
  {
    protocol,
    access,
    history,
    event,
    mayGoOut,
  }: Pick<Sender, 'protocol' | 'access' | 'history'> & Pick<Delivery, 'event' | 'mayGoOut'>,
  request: HttpRequest,
): Promise<Heard> {
  const exchange = await send(request, access, mayGoOut);
  if (exchange.kind === 'unreachable') return { outcome: exchange, answer: null };
  const { answer } = exchange;
  return {
    outcome: protocol.read(answer, event, await historyFor(protocol, answer, history)),
    wish: receiverWish(answer),
    answer: answer.excerpt || null,
  };
}

/** Only of answers that need it: who answers well costs no look at the past. */
async function historyFor(
  { readsHistory }: Protocol,
  answer: HttpAnswer,
  history: EndpointHistory,
): Promise<History | undefined> {
  if (!readsHistory) return undefined;
  if (!isSuccess(answer)) return { hasDelivered: await history.hasDelivered() };
  history.took();
  return undefined;
}

/** What the attempt was about: a test is about no event of the log. */
function aboutOf(event: RecordedEvent, replayId: string | undefined): Pick<AttemptRecord, 'about' | 'kind'> {
  if (event.test) return { kind: 'test' };
  return { about: event, ...(replayId === undefined ? {} : { kind: 'replay' }) };
}
