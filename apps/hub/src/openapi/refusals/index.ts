/** Every `code` that the consumer and admin API answers with. A test holds it against the code, both ways. Pure. */
import { FEED, ORGANIZATIONS } from './consumer.js';
import { DELIVERY, SHARED_SIGNALS } from './delivery.js';
import { GENERAL } from './general.js';
import type { Refusals } from './refusal.js';

export { FIELD_CODES } from './fields.js';
export { OAUTH_CODES, SCIM_TYPES } from './protocols.js';
export type { Refusal, Refusals } from './refusal.js';

/** As the page of the reference groups them. */
export const REFUSAL_GROUPS: Readonly<Record<string, Refusals>> = {
  'Any route': GENERAL,
  'Organizations and directories': ORGANIZATIONS,
  'Events, consumers, history and completeness': FEED,
  'Destinations, deliveries and keys': DELIVERY,
  'Shared Signals (`/ssf`)': SHARED_SIGNALS,
};

export const REFUSALS: Refusals = Object.assign({}, ...Object.values(REFUSAL_GROUPS)) as Refusals;
