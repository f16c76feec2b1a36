/** The protocol "signed webhook": one event in one POST as the events API shows it, or several in one list. */
import {
  isSuccess,
  namesType,
  refused,
  type ComposeContext,
  type HttpAnswer,
  type HttpRequest,
  type Message,
  type Protocol,
} from '@app/delivery';
import { publishedType, type RecordedEvent } from '@app/directory';
import { batchIdOf, told } from './body.js';
import { WebhookSettings } from './settings.js';
import { kindOf, signatureHeaders, signersAt } from './signature.js';

type Context = ComposeContext<WebhookSettings>;

export const webhook: Protocol<WebhookSettings> = {
  name: 'webhook',
  urgency: 'soon',
  informs: true,
  settings: WebhookSettings,

  /** An empty list of types means all of them, as `*` does. */
  wants(event, { eventTypes }) {
    const type = publishedType(event);
    return type !== undefined && namesType(eventTypes.length === 0 ? ['*'] : eventTypes, type);
  },

  endpoint: (settings) => settings.endpoint_url,

  /** A shared secret always: WorkOS's SDKs expect each endpoint to have one. */
  secretKinds: ({ signatures }) => [...new Set(['hmac' as const, ...signatures.map(kindOf)])],

  compose(event: RecordedEvent, context: Context) {
    const { previousSequence, settings } = context;
    const shown = told({ event, previousSequence }, settings.payload);
    if (!shown) return { impossible: `${event.type} has no published form` };
    const place = {
      'rollcall-directory': event.directoryId,
      'rollcall-sequence': String(event.sequence),
      ...(previousSequence === null ? {} : { 'rollcall-previous-sequence': String(previousSequence) }),
    };
    return requestOf(event.id, shown, place, context);
  },

  /** Events without a published form are left out: nobody has a word for them. */
  composeBatch(messages: readonly Message[], context: Context) {
    const able = messages.filter(({ event }) => publishedType(event) !== undefined);
    if (able.length === 0) return { impossible: 'no event of this batch has a published form' };
    const data = able.map((message) => told(message, context.settings.payload));
    const size = { 'rollcall-batch-size': String(able.length) };
    return requestOf(batchIdOf(able), { object: 'list', data }, size, context);
  },

  read: (answer: HttpAnswer) =>
    isSuccess(answer) ? { kind: 'delivered', status: answer.status } : refused(answer),
};

function requestOf(
  id: string,
  content: object,
  more: Record<string, string>,
  { settings, secrets, at }: Context,
): HttpRequest {
  // One JSON.stringify of plain values: some verifiers parse the body and hash what they make of it again.
  const body = JSON.stringify(content);
  return {
    method: 'POST',
    url: settings.endpoint_url,
    headers: {
      'content-type': 'application/json',
      ...signatureHeaders({ id, at, body }, signersAt(secrets, at), settings.signatures),
      ...more,
    },
    body,
  };
}
