/** What a webhook's body says. Pure, and the same bytes in each attempt. */
import { createHash } from 'node:crypto';
import type { Message } from '@app/delivery';
import { published, publishedThin, type PublishedEvent } from '@app/directory';
import type { Payload } from './settings.js';

/** An event as the events API shows it, and where it stands in the chain of events that this endpoint gets. */
export interface ToldEvent extends Omit<PublishedEvent, 'context'> {
  context: PublishedEvent['context'] & { previous_sequence: number | null };
}

/** @returns undefined for an event that has no published form. */
export function told({ event, previousSequence }: Message, payload: Payload): ToldEvent | undefined {
  const shown = payload === 'thin' ? publishedThin(event) : published(event);
  if (!shown) return undefined;
  const { sequence, ...rest } = shown.context;
  return { ...shown, context: { sequence, previous_sequence: previousSequence, ...rest } };
}

/**
 * The id of a batch: the same whenever the same events are tried together again. It stands for all of them, so a batch
 * that has lost or gained an event is not mistaken for a repetition.
 */
export function batchIdOf(messages: readonly Message[]): string {
  const hash = createHash('sha256');
  for (const { event } of messages) hash.update(`${event.id}\n`);
  return `batch_${hash.digest('hex').slice(0, 32)}`;
}
