export { WebhookSettings } from './settings.js';
export { newWebhookSecret } from './signature.js';
export { webhook } from './webhook.protocol.js';
