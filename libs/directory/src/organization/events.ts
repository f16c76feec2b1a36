/** What befalls an organization itself, its domains and the keys of its own API: of no directory, and told to who names it. */

export type DomainState = 'pending' | 'verified' | 'failed';
/** Who says that the domain is theirs: DNS does, or an operator. */
export type VerificationStrategy = 'dns' | 'manual';
export type VerificationFailure =
  'domain_verification_period_expired' | 'domain_verified_by_other_organization';

/** A domain of an organization as its own events and the consumers know it. */
export interface DomainFacts {
  id: string;
  organizationId: string;
  domain: string;
  state: DomainState;
  strategy: VerificationStrategy;
  /** What the TXT record must say. */
  token: string;
  /** What the name of the TXT record begins with. */
  prefix: string;
  created: string;
  updated: string;
}

export interface OrganizationFacts {
  id: string;
  name: string;
  allowProfilesOutsideOrganization: boolean;
  domains: DomainFacts[];
  externalId: string | null;
  stripeCustomerId: string | null;
  metadata: { [key: string]: string };
  created: string;
  updated: string;
}

/** A key that a customer shows to the application, and never to Rollcall. */
export interface CustomerKeyFacts {
  id: string;
  organizationId: string;
  name: string;
  /** Its last characters. */
  suffix: string;
  permissions: string[];
  lastUsed: string | null;
  expires: string | null;
  created: string;
  updated: string;
}

export type OrganizationEvent =
  | { type: 'OrganizationCreated'; data: { organization: OrganizationFacts } }
  | {
      type: 'OrganizationUpdated';
      data: { organization: OrganizationFacts };
      /** The old values of what is different. */
      previous: Partial<OrganizationFacts>;
    }
  | { type: 'OrganizationDeleted'; data: { organization: OrganizationFacts } }
  | { type: 'OrganizationDomainCreated'; data: { domain: DomainFacts } }
  | { type: 'OrganizationDomainUpdated'; data: { domain: DomainFacts } }
  | { type: 'OrganizationDomainDeleted'; data: { domain: DomainFacts } }
  | { type: 'OrganizationDomainVerified'; data: { domain: DomainFacts } }
  | {
      type: 'OrganizationDomainVerificationFailed';
      data: { domain: DomainFacts; reason: VerificationFailure };
    }
  | { type: 'CustomerKeyCreated'; data: { key: CustomerKeyFacts } }
  | { type: 'CustomerKeyUpdated'; data: { key: CustomerKeyFacts }; previous: Partial<CustomerKeyFacts> }
  | { type: 'CustomerKeyRevoked'; data: { key: CustomerKeyFacts } };

/** The organization first: it is told of before anything that it has. */
export function subjectsOfOrganizationEvent(event: OrganizationEvent): string[] {
  const { data } = event;
  if ('organization' in data) return [data.organization.id];
  const part = 'domain' in data ? data.domain : data.key;
  return [part.organizationId, part.id];
}
