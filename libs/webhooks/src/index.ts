export {
  isWebhookSecret,
  newWebhookKeyPair,
  newWebhookSecret,
  writtenPublicKey,
  type WebhookKeyPair,
} from './secrets.js';
export {
  AreSignatures,
  DEFAULT_PAYLOAD,
  DEFAULT_SIGNATURES,
  IsPayload,
  WebhookSettings,
  type Payload,
  type Signature,
} from './settings.js';
export { webhook } from './webhook.protocol.js';
