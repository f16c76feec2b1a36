/** Who is told of events in any protocol: those that end sessions, and webhook endpoints under another name. */
import type { Json } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';
import { attemptsOf, parkedDeliveries } from './deliveries.js';
import type { Begun, Manner, StartFrom, Told } from './manner.js';
import type { DryRun } from './replays.js';

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

export interface DestinationSecret {
  object: 'destination_secret';
  id: string;
  kind: 'hmac' | 'ed25519';
  last_four: string;
  public_key?: string;
  /** In the answer that made it, and to a key that may see it. */
  secret?: string;
  /** Of a rotation: those that go on for a while. */
  replaces?: DestinationSecret[];
  created_at: string;
  expires_at: string | null;
}

export interface SecretRotation {
  /** How long those before it go on; a day unless told otherwise. */
  overlap_seconds?: number;
  kind?: 'hmac' | 'ed25519';
  secret?: string;
}

/** All but the first six are for webhook endpoints, too: they are destinations under another name. */
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
      /** @param reveal takes the permission `secrets:reveal`. */
      get: (id: string, secretId: string, query: { reveal?: boolean } = {}, how?: CallOptions) =>
        send<DestinationSecret>('GET', path`/destinations/${id}/secrets/${secretId}`, { ...how, query }),
      rotate: (id: string, body: SecretRotation = {}, how?: CallOptions) =>
        send<DestinationSecret>('POST', path`/destinations/${id}/secrets/rotate`, { ...how, body }),
      end: (id: string, secretId: string, how?: CallOptions) =>
        send<void>('DELETE', path`/destinations/${id}/secrets/${secretId}`, how),
    },
    attempts: attemptsOf(send),
    parkedDeliveries: parkedDeliveries(send),
    /** Everything after an event (or `beginning`) comes again, as if for the first time. */
    rewind: (id: string, after: string, how?: CallOptions) =>
      send<{ object: 'rewind'; destination_id: string; after: string }>(
        'POST',
        path`/destinations/${id}/rewind`,
        { ...how, body: { after } },
      ),
    /** Only counts what a rewind would send, and changes nothing. */
    dryRewind: (id: string, after: string, how?: CallOptions) =>
      send<DryRun>('POST', path`/destinations/${id}/rewind`, { ...how, body: { after, dry_run: true } }),
  };
}
