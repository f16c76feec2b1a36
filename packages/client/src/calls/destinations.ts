/** Who is told of events: webhook endpoints, and the endpoints that end sessions. */
import type { Json } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

/** See docs/delivery for what each member means. `null` brings a default back. */
export interface DeliveryOptions {
  ordering?: 'subject' | 'directory' | 'none' | null;
  retry?: { delays_seconds?: number[]; then_every_seconds?: number } | null;
  on_failure?: { policy?: 'park' | 'block'; after_attempts?: number; after_hours?: number } | null;
  disable_after_hours?: number | null;
  max_in_flight?: number | null;
  max_per_second?: number | null;
  catch_up_per_second?: number | null;
  batch_size?: number | null;
}

export interface DestinationFilter {
  organization_ids?: string[];
  directory_ids?: string[];
  group_ids?: string[];
}

/** Where it begins in the log. */
export type StartFrom = 'now' | 'beginning' | 'snapshot' | { after: string };

interface Manner {
  filter?: DestinationFilter | null;
  delivery?: DeliveryOptions | null;
  /** Headers, OAuth client, certificates: see docs/delivery/requests.md. */
  request?: { [name: string]: Json } | null;
}

interface Told {
  id: string;
  organization_id: string | null;
  filter: Required<DestinationFilter>;
  delivery: { [name: string]: Json };
  request: { [name: string]: Json };
  /** How far it is, and whether it fails. */
  standing: { [name: string]: Json } | null;
  created_at: string;
  updated_at: string;
}

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

export interface Destination extends Told {
  object: 'destination';
  protocol: string;
  settings: { [name: string]: Json };
  state: 'enabled' | 'paused' | 'disabled';
}

export interface NewDestination extends Manner {
  /** `signed-call`, `back-channel-logout` …: see docs/revocation. */
  protocol: string;
  settings: { [name: string]: Json };
  organization_id?: string;
  start_from?: StartFrom;
}

export interface DestinationChange extends Manner {
  /** Replaces the settings as a whole. */
  settings?: { [name: string]: Json };
  state?: 'enabled' | 'paused' | 'disabled';
}

/** A snapshot that it begins with is a replay. */
export interface Begun {
  replay_id?: string;
}

export interface DestinationSecret {
  object: 'destination_secret';
  id: string;
  kind: 'hmac' | 'ed25519';
  last_four: string;
  public_key?: string;
  /** In the answer that made it only. */
  secret?: string;
  created_at: string;
  expires_at: string | null;
}

export interface SecretRotation {
  /** How long those before it go on; a day unless told otherwise. */
  overlap_seconds?: number;
  kind?: 'hmac' | 'ed25519';
  secret?: string;
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

/** `secrets` is for webhook endpoints, too: they are destinations under another name. */
export function destinations(send: Send) {
  const list = (query: PageQuery = {}, how?: CallOptions) =>
    send<List<Destination>>('GET', '/destinations', { ...how, query });
  return {
    /** A shared secret, where the protocol has one, is in this answer only. */
    create: (body: NewDestination, how?: CallOptions) =>
      send<Destination & Begun & { secret?: string }>('POST', '/destinations', { ...how, body }),
    list,
    all: (query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<Destination>('GET', path`/destinations/${id}`, how),
    update: (id: string, body: DestinationChange, how?: CallOptions) =>
      send<Destination>('PATCH', path`/destinations/${id}`, { ...how, body }),
    delete: (id: string, how?: CallOptions) => send<void>('DELETE', path`/destinations/${id}`, how),
    secrets: {
      list: (id: string, how?: CallOptions) =>
        send<List<DestinationSecret>>('GET', path`/destinations/${id}/secrets`, how),
      rotate: (id: string, body: SecretRotation = {}, how?: CallOptions) =>
        send<DestinationSecret>('POST', path`/destinations/${id}/secrets/rotate`, { ...how, body }),
      end: (id: string, secretId: string, how?: CallOptions) =>
        send<void>('DELETE', path`/destinations/${id}/secrets/${secretId}`, how),
    },
  };
}
