export {
  isWebhookSecret,
  newWebhookKeyPair,
  newWebhookSecret,
  writtenPublicKey,
  type WebhookKeyPair,
} from './secrets.js';
export { PAYLOADS, SIGNATURES, WebhookSettings, type Payload, type Signature } from './settings.js';
export { webhook } from './webhook.protocol.js';
