/** One attempt: composed, sent, read. Whatever happens becomes an outcome. */
import type { RecordedEvent } from '@app/directory';
import type { OpenedSecret } from '@app/tenancy';
import type { Engine } from './engine.js';
import type { Manner } from './options.js';
import type { Outcome, Protocol } from './protocol.js';
import type { AttemptRecord } from './settle.js';

export interface Sender {
  destinationId: string;
  manner: Manner;
  protocol: Protocol;
  settings: object;
  secrets: readonly OpenedSecret[];
}

export interface Delivery {
  event: RecordedEvent;
  previousSequence: number | null;
  attempt: number;
  probe: boolean;
}

export async function attemptDelivery(
  engine: Engine,
  sender: Sender,
  { event, previousSequence, attempt, probe }: Delivery,
): Promise<AttemptRecord> {
  const startedAt = engine.clock.now();
  const startedMark = performance.now();
  const { outcome, answer } = await outcomeOf(engine, sender, {
    ...{ event, previousSequence, attempt },
    at: startedAt,
  });
  const durationInMilliseconds = performance.now() - startedMark;
  return { position: event.position, attempt, probe, startedAt, durationInMilliseconds, outcome, answer };
}

async function outcomeOf(
  engine: Engine,
  { destinationId, protocol, settings, secrets }: Sender,
  { event, previousSequence, attempt, at }: Omit<Delivery, 'probe'> & { at: Date },
): Promise<{ outcome: Outcome; answer: string | null }> {
  try {
    const { issuer, sign } = engine;
    const request = await protocol.compose(event, {
      ...{ settings, secrets, at, attempt, previousSequence, issuer, sign },
    });
    if ('impossible' in request) {
      return { outcome: { kind: 'impossible', reason: request.impossible }, answer: null };
    }
    const exchange = await engine.send(request);
    if (exchange.kind === 'unreachable') return { outcome: exchange, answer: null };
    return { outcome: protocol.read(exchange.answer), answer: exchange.answer.excerpt || null };
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
