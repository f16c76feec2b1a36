/** The protocol "signed webhook": one event in one POST, its body byte for byte as the events API shows it. */
import {
  isSuccess,
  namesType,
  refused,
  type ComposeContext,
  type HttpAnswer,
  type Protocol,
} from '@app/delivery';
import { published, publishedType, type RecordedEvent } from '@app/directory';
import { WebhookSettings } from './settings.js';
import { standardHeaders, workosHeader } from './signature.js';

export const webhook: Protocol<WebhookSettings> = {
  name: 'webhook',
  urgency: 'soon',
  settings: WebhookSettings,

  /** An empty list of types means all of them. */
  wants(event, { eventTypes }) {
    const type = publishedType(event);
    return type !== undefined && (eventTypes.length === 0 || namesType(eventTypes, type));
  },

  endpoint: (settings) => settings.endpoint_url,

  compose(event: RecordedEvent, { settings, secret, at }: ComposeContext<WebhookSettings>) {
    const shown = published(event);
    if (!shown) return { impossible: `${event.type} has no published form` };
    if (secret === null) return { impossible: 'the endpoint has no secret to sign with' };
    // One JSON.stringify of plain values: some verifiers parse the body and hash what they make of it again.
    const body = JSON.stringify(shown);
    return {
      method: 'POST',
      url: settings.endpoint_url,
      headers: {
        'content-type': 'application/json',
        ...standardHeaders(secret, { id: event.id, at, body }),
        ...workosHeader(secret, { at, body }),
      },
      body,
    };
  },

  read: (answer: HttpAnswer) =>
    isSuccess(answer) ? { kind: 'delivered', status: answer.status } : refused(answer),
};
