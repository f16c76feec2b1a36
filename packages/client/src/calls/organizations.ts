import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

export interface Organization {
  object: 'organization';
  id: string;
  name: string;
  allow_profiles_outside_organization: boolean;
  domains: { [name: string]: unknown }[];
  metadata: { [name: string]: string };
  external_id: string | null;
  created_at: string;
  updated_at: string;
}

export interface NewOrganization {
  name: string;
}

export function organizations(send: Send) {
  return {
    create: (body: NewOrganization, how?: CallOptions) =>
      send<Organization>('POST', '/organizations', { ...how, body }),
    get: (id: string, how?: CallOptions) => send<Organization>('GET', path`/organizations/${id}`, how),
    /** Its directories end as if each had been deleted. */
    delete: (id: string, how?: CallOptions) => send<void>('DELETE', path`/organizations/${id}`, how),
  };
}
