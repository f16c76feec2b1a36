/** Organizations, the customers of an application: see docs/consumer-api/organizations.md. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Open, Send } from '../send.js';
import { path } from '../send.js';
import { organizationCompleteness } from './completeness.js';
import { organizationRoleMapping } from './mappings.js';

export interface OrganizationDomain {
  object: 'organization_domain';
  id: string;
  organization_id: string;
  domain: string;
  state: 'pending' | 'verified' | 'failed' | 'unverified' | 'legacy_verified';
  verification_strategy: 'dns' | 'manual';
  /** What DNS must say. */
  verification_token?: string;
  verification_prefix?: string;
  created_at: string;
  updated_at: string;
}

export interface Organization {
  object: 'organization';
  id: string;
  name: string;
  allow_profiles_outside_organization: boolean;
  domains: OrganizationDomain[];
  metadata: { [name: string]: string };
  /** Yours. */
  external_id: string | null;
  stripe_customer_id?: string;
  created_at: string;
  updated_at: string;
}

/** What is left out stays as it is. */
export interface OrganizationChange {
  name?: string;
  /** Replaces all of them. `verified`: you vouch for it, and nobody asks DNS. */
  domain_data?: { domain: string; state?: 'pending' | 'verified' }[];
  allow_profiles_outside_organization?: boolean;
  external_id?: string | null;
  stripe_customer_id?: string | null;
  /** Is added to what there is; null removes a key, an empty object all. */
  metadata?: { [name: string]: string | null };
}

export interface NewOrganization extends OrganizationChange {
  name: string;
}

export interface OrganizationsQuery extends PageQuery {
  /** With any of them. */
  domains?: readonly string[];
  /** Part of a name. */
  search?: string;
}

export function organizations(send: Send, open: Open) {
  const list = (query: OrganizationsQuery = {}, how?: CallOptions) =>
    send<List<Organization>>('GET', '/organizations', { ...how, query });
  return {
    create: (body: NewOrganization, how?: CallOptions) =>
      send<Organization>('POST', '/organizations', { ...how, body }),
    list,
    all: (query: OrganizationsQuery = {}, how?: CallOptions) =>
      everything((page: OrganizationsQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<Organization>('GET', path`/organizations/${id}`, how),
    getByExternalId: (externalId: string, how?: CallOptions) =>
      send<Organization>('GET', path`/organizations/external_id/${externalId}`, how),
    update: (id: string, body: OrganizationChange, how?: CallOptions) =>
      send<Organization>('PUT', path`/organizations/${id}`, { ...how, body }),
    /** Its directories end as if each had been deleted. */
    delete: (id: string, how?: CallOptions) => send<void>('DELETE', path`/organizations/${id}`, how),
    ...organizationCompleteness(send, open),
    roleMapping: organizationRoleMapping(send),
  };
}
