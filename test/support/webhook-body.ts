/** A webhook's body as the events API shows the event: without the sequence that this endpoint got before. */
export function asInEventsApi(body: string | Buffer): string {
  const event = JSON.parse(body.toString()) as { context: { previous_sequence?: number | null } };
  if (event.context.previous_sequence === undefined)
    throw new Error('the webhook does not say which sequence came before it');
  delete event.context.previous_sequence;
  return JSON.stringify(event);
}
