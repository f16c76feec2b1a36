/** Rows of organizations as their events, and so all answers about them, tell of them. */
import type { CustomerKeyFacts, DomainFacts, OrganizationFacts } from '@app/directory';
import type { CustomerKey, Organization, OrganizationDomain } from '@app/tenancy';

/** Underscored, so that it can be no host: RFC 8552. */
export const VERIFICATION_PREFIX = '_rollcall-verify';

export function organizationFacts(
  organization: Organization,
  domains: readonly OrganizationDomain[],
): OrganizationFacts {
  const { id, name, allowProfilesOutsideOrganization, externalId, stripeCustomerId, metadata } = organization;
  return {
    ...{ id, name, allowProfilesOutsideOrganization },
    domains: domains.filter(({ organizationId }) => organizationId === id).map(domainFacts),
    ...{ externalId, stripeCustomerId, metadata },
    created: organization.createdAt.toISOString(),
    updated: organization.updatedAt.toISOString(),
  };
}

export function domainFacts(row: OrganizationDomain): DomainFacts {
  const { id, organizationId, domain, state, strategy, token } = row;
  return {
    ...{ id, organizationId, domain, state, strategy, token },
    prefix: VERIFICATION_PREFIX,
    created: row.createdAt.toISOString(),
    updated: row.updatedAt.toISOString(),
  };
}

export function customerKeyFacts(row: CustomerKey): CustomerKeyFacts {
  const { id, organizationId, name, suffix, permissions } = row;
  return {
    ...{ id, organizationId, name, suffix, permissions },
    lastUsed: row.lastUsedAt?.toISOString() ?? null,
    expires: row.expiresAt?.toISOString() ?? null,
    created: row.createdAt.toISOString(),
    updated: row.updatedAt.toISOString(),
  };
}
