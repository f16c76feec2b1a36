/** Who is told of events by signed webhooks. What there is below one (replays, secrets, parked deliveries) is found as of a destination. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';
import type { Begun, Manner, StartFrom, Told } from './manner.js';

export type Signature = 'v1' | 'v1a' | 'workos' | 'github' | 'stripe';

export interface WebhookEndpoint extends Told {
  object: 'webhook_endpoint';
  endpoint_url: string;
  /** Its end only, but for the answer that made it. */
  secret: string;
  public_keys: string[];
  signatures: Signature[];
  payload: 'full' | 'thin';
  status: 'enabled' | 'disabled';
  events: string[];
}

export interface WebhookEndpointChange extends Manner {
  endpoint_url?: string;
  events?: string[];
  status?: 'enabled' | 'disabled';
  signatures?: Signature[] | null;
  payload?: 'full' | 'thin' | null;
}

export interface NewWebhookEndpoint extends Omit<WebhookEndpointChange, 'status'> {
  endpoint_url: string;
  /** Names, beginnings such as `dsync.user.*`; all of the directory's events when it is empty. */
  events: string[];
  organization_id?: string;
  start_from?: StartFrom;
}

export function webhookEndpoints(send: Send) {
  const list = (query: PageQuery = {}, how?: CallOptions) =>
    send<List<WebhookEndpoint>>('GET', '/webhook_endpoints', { ...how, query });
  return {
    /** The whole secret is in this answer only. */
    create: (body: NewWebhookEndpoint, how?: CallOptions) =>
      send<WebhookEndpoint & Begun>('POST', '/webhook_endpoints', { ...how, body }),
    list,
    all: (query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<WebhookEndpoint>('GET', path`/webhook_endpoints/${id}`, how),
    update: (id: string, body: WebhookEndpointChange, how?: CallOptions) =>
      send<WebhookEndpoint>('PATCH', path`/webhook_endpoints/${id}`, { ...how, body }),
    delete: (id: string, how?: CallOptions) => send<void>('DELETE', path`/webhook_endpoints/${id}`, how),
  };
}
