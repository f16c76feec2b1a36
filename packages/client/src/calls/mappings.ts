/** What attributes and groups of the identity provider become: see docs/consumer-api/attributes-and-roles.md. */
import type { Json } from '../events.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

export interface AttributeRule {
  /** In `custom_attributes`. */
  name: string;
  /** A path of SCIM: `emails[type eq "work"].value`. */
  path?: string;
  /** Of whoever has no value. */
  default?: Json;
  lowercase?: boolean;
  /** What each value becomes. */
  values?: { [value: string]: Json };
  /** What every other value becomes. */
  fallback?: Json;
  required?: boolean;
}

/** How many people have been looked at since the rules changed; null: all have been. */
export type Applying = { done: number; total: number } | null;

export interface AttributeMapping {
  object: 'attribute_mapping';
  directory_id: string;
  attributes: AttributeRule[];
  applying: Applying;
}

/** One person, or the first ones after a place. */
export interface PreviewQuery {
  user_id?: string;
  /** How many people are shown. */
  limit?: number;
  after?: string;
}

/** Of people whom it looked at; absent where one person was asked for. */
interface Looked {
  looked_at?: number;
  would_change?: number;
  /** The id to go on from; null when everybody has been looked at. */
  after?: string | null;
}

export interface AttributeMappingPreview extends Looked {
  object: 'attribute_mapping_preview';
  directory_id: string;
  people: {
    id: string;
    user_name: Json;
    attributes: { [name: string]: { before: Json; after: Json } };
    changes: boolean;
    /** The required ones that they would be without. */
    lacks: string[];
  }[];
  lack_required?: number;
  lacking?: { id: string; user_name: Json; attributes: string[] }[];
}

/** By exactly one of them. */
export type GroupSelector =
  | { id: string; name?: never; external_id?: never }
  | { name: string; id?: never; external_id?: never }
  | { external_id: string; id?: never; name?: never };

export interface RoleRule {
  group: GroupSelector;
  /** Slugs, the foremost first. */
  roles: string[];
}

export interface RoleMappingBody {
  rules: RoleRule[];
  /** Of whoever is in no group that a rule names. */
  default_role?: string | null;
}

interface RoleRules {
  object: 'role_mapping';
  organization_id: string;
  rules: RoleRule[];
  default_role: string | null;
  applying: Applying;
}

export interface OrganizationRoleMapping extends RoleRules {}

export interface DirectoryRoleMapping extends RoleRules {
  directory_id: string;
  /** It has no rules of its own: these are its organization's. */
  inherited: boolean;
}

export interface RoleMappingPreview extends Looked {
  object: 'role_mapping_preview';
  directory_id: string;
  people: { id: string; user_name: Json; roles: { before: string[]; after: string[] }; changes: boolean }[];
}

export function attributeMapping(send: Send) {
  return {
    get: (directoryId: string, how?: CallOptions) =>
      send<AttributeMapping>('GET', path`/directories/${directoryId}/attribute_mapping`, how),
    /** Replaces the mapping as a whole. */
    put: (directoryId: string, attributes: AttributeRule[], how?: CallOptions) =>
      send<AttributeMapping>('PUT', path`/directories/${directoryId}/attribute_mapping`, {
        ...how,
        body: { attributes },
      }),
    /** Changes nothing. */
    preview: (directoryId: string, body: PreviewQuery & { attributes: AttributeRule[] }, how?: CallOptions) =>
      send<AttributeMappingPreview>('POST', path`/directories/${directoryId}/attribute_mapping/preview`, {
        ...how,
        body,
        isRepeatable: true,
      }),
  };
}

export function directoryRoleMapping(send: Send) {
  return {
    get: (directoryId: string, how?: CallOptions) =>
      send<DirectoryRoleMapping>('GET', path`/directories/${directoryId}/role_mapping`, how),
    /** Replaces the mapping as a whole; one without rules and without a default role is none. */
    put: (directoryId: string, body: RoleMappingBody, how?: CallOptions) =>
      send<DirectoryRoleMapping>('PUT', path`/directories/${directoryId}/role_mapping`, { ...how, body }),
    preview: (directoryId: string, body: RoleMappingBody & PreviewQuery, how?: CallOptions) =>
      send<RoleMappingPreview>('POST', path`/directories/${directoryId}/role_mapping/preview`, {
        ...how,
        body,
        isRepeatable: true,
      }),
  };
}

/** For all directories of an organization that have no rules of their own. */
export function organizationRoleMapping(send: Send) {
  return {
    get: (organizationId: string, how?: CallOptions) =>
      send<OrganizationRoleMapping>('GET', path`/organizations/${organizationId}/role_mapping`, how),
    put: (organizationId: string, body: RoleMappingBody, how?: CallOptions) =>
      send<OrganizationRoleMapping>('PUT', path`/organizations/${organizationId}/role_mapping`, {
        ...how,
        body,
      }),
    /** Shown on the people of one directory, as if it had no rules of its own. */
    preview: (
      organizationId: string,
      body: RoleMappingBody & PreviewQuery & { directory_id: string },
      how?: CallOptions,
    ) =>
      send<RoleMappingPreview>('POST', path`/organizations/${organizationId}/role_mapping/preview`, {
        ...how,
        body,
        isRepeatable: true,
      }),
  };
}
