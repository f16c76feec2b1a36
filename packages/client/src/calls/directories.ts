/** Directories, and the bearer tokens with which identity providers write to them. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

export interface LeavingSettings {
  /** What DELETE of SCIM does to a person. */
  delete_policy: 'delete' | 'deactivate';
  purge_after_days: number | null;
  deactivations_published_as: 'updated' | 'deleted';
}

export interface Directory {
  object: 'directory';
  id: string;
  organization_id: string;
  external_key: string;
  /** The identity provider: `okta scim v2.0`. */
  type: string;
  state: 'linked' | 'unlinked' | 'validating' | 'invalid_credentials' | 'deleting';
  name: string;
  domain?: string;
  metadata?: { users: { active: number; inactive: number }; groups: number };
  settings: LeavingSettings;
  created_at: string;
  updated_at: string;
}

/** What the identity provider needs. The token is in this answer only. */
export interface NewlyMade {
  scim: { base_url: string; bearer_token: string };
}

export interface NewDirectory {
  organization_id: string;
  name: string;
  type?: string;
}

export interface DirectoryChange {
  name?: string;
  type?: string;
  settings?: Partial<LeavingSettings>;
}

export interface DirectoriesQuery extends PageQuery {
  organization_id?: string;
  /** Part of a name. */
  search?: string;
}

export interface DirectoryToken {
  object: 'directory_token';
  id: string;
  directory_id: string;
  name: string;
  last_four: string;
  state: 'active' | 'expired';
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface NewToken {
  name: string;
  expires_at?: string | null;
}

export interface TokenRotation extends Partial<NewToken> {
  /** How long the old one goes on; a day unless told otherwise. */
  overlap_seconds?: number;
}

/** The token itself is in this answer only. */
export type ShownToken = DirectoryToken & { bearer_token: string };

export function directories(send: Send) {
  const list = (query: DirectoriesQuery = {}, how?: CallOptions) =>
    send<List<Directory>>('GET', '/directories', { ...how, query });
  return {
    create: (body: NewDirectory, how?: CallOptions) =>
      send<Directory & NewlyMade>('POST', '/directories', { ...how, body }),
    list,
    all: (query: DirectoriesQuery = {}, how?: CallOptions) =>
      everything((page: DirectoriesQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<Directory>('GET', path`/directories/${id}`, how),
    update: (id: string, body: DirectoryChange, how?: CallOptions) =>
      send<Directory>('PATCH', path`/directories/${id}`, { ...how, body }),
    /** One `dsync.deleted` tells of it, and nothing of each person and group. */
    delete: (id: string, how?: CallOptions) => send<void>('DELETE', path`/directories/${id}`, how),
    tokens: tokens(send),
  };
}

function tokens(send: Send) {
  return {
    create: (directoryId: string, body: NewToken, how?: CallOptions) =>
      send<ShownToken>('POST', path`/directories/${directoryId}/tokens`, { ...how, body }),
    list: (directoryId: string, query: PageQuery = {}, how?: CallOptions) =>
      send<List<DirectoryToken>>('GET', path`/directories/${directoryId}/tokens`, { ...how, query }),
    rotate: (directoryId: string, id: string, body: TokenRotation = {}, how?: CallOptions) =>
      send<ShownToken & { replaces: DirectoryToken }>(
        'POST',
        path`/directories/${directoryId}/tokens/${id}/rotate`,
        { ...how, body },
      ),
    delete: (directoryId: string, id: string, how?: CallOptions) =>
      send<{ deleted: true; tokens_left: number }>(
        'DELETE',
        path`/directories/${directoryId}/tokens/${id}`,
        how,
      ),
  };
}
