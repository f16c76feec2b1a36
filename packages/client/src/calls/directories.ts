/** Directories, and the bearer tokens with which identity providers write to them. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Open, Send } from '../send.js';
import { path } from '../send.js';
import { directoryCompleteness } from './completeness.js';
import { attributeMapping, directoryRoleMapping } from './mappings.js';
import { directoryRoles } from './roles.js';
import { schemaExtensions } from './schema-extensions.js';

export interface DirectorySettings {
  /** What DELETE of SCIM does to a person. */
  delete_policy: 'delete' | 'deactivate';
  purge_after_days: number | null;
  deactivations_published_as: 'updated' | 'deleted';
  /** Whether sign-in checks may make people whom the identity provider has not sent yet. */
  just_in_time: boolean;
}

export interface Directory {
  object: 'directory';
  id: string;
  organization_id: string;
  external_key: string;
  /** The identity provider: `okta scim v2.0`. */
  type: string;
  state: 'linked' | 'unlinked' | 'deleting';
  name: string;
  /** The first domain of its organization. */
  domain?: string;
  metadata: { users: { active: number; inactive: number }; groups: number };
  settings: DirectorySettings;
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
  settings?: Partial<DirectorySettings>;
}

export interface DirectoriesQuery extends PageQuery {
  organization_id?: string;
  /** Part of a name. */
  search?: string;
  /** Of the organization that has it. */
  domain?: string;
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

export type TokenChange = Partial<NewToken>;

export interface TokenRotation extends Partial<NewToken> {
  /** How long the old one goes on; a day unless told otherwise. */
  overlap_seconds?: number;
}

export interface DeletedToken {
  object: 'directory_token';
  id: string;
  deleted: true;
  tokens_left: number;
  /** When nobody can write to the directory any more. */
  warning?: string;
}

/** The token itself is in this answer only. */
export type ShownToken = DirectoryToken & { bearer_token: string };

export function directories(send: Send, open: Open) {
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
    ...directoryCompleteness(send, open),
    attributeMapping: attributeMapping(send),
    roleMapping: directoryRoleMapping(send),
    roles: directoryRoles(send),
    schemaExtensions: schemaExtensions(send),
  };
}

function tokens(send: Send) {
  return {
    create: (directoryId: string, body: NewToken, how?: CallOptions) =>
      send<ShownToken>('POST', path`/directories/${directoryId}/tokens`, { ...how, body }),
    list: (directoryId: string, query: PageQuery = {}, how?: CallOptions) =>
      send<List<DirectoryToken>>('GET', path`/directories/${directoryId}/tokens`, { ...how, query }),
    get: (directoryId: string, id: string, how?: CallOptions) =>
      send<DirectoryToken>('GET', path`/directories/${directoryId}/tokens/${id}`, how),
    update: (directoryId: string, id: string, body: TokenChange, how?: CallOptions) =>
      send<DirectoryToken>('PATCH', path`/directories/${directoryId}/tokens/${id}`, { ...how, body }),
    rotate: (directoryId: string, id: string, body: TokenRotation = {}, how?: CallOptions) =>
      send<ShownToken & { replaces: DirectoryToken }>(
        'POST',
        path`/directories/${directoryId}/tokens/${id}/rotate`,
        { ...how, body },
      ),
    delete: (directoryId: string, id: string, how?: CallOptions) =>
      send<DeletedToken>('DELETE', path`/directories/${directoryId}/tokens/${id}`, how),
  };
}
