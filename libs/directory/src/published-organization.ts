/** Organizations, their domains and the keys of their own API as consumers see them, in events and in answers alike. */
import type { Json } from '@app/scim';
import type {
  CustomerKeyFacts,
  DomainFacts,
  OrganizationEvent,
  OrganizationFacts,
} from './organization/events.js';
import { changesBetween } from './previous-attributes.js';

type JsonObject = { [key: string]: Json };

export function publishedOrganization(organization: OrganizationFacts): JsonObject {
  const { stripeCustomerId } = organization;
  return {
    object: 'organization',
    id: organization.id,
    name: organization.name,
    allow_profiles_outside_organization: organization.allowProfilesOutsideOrganization,
    domains: organization.domains.map(publishedDomain),
    metadata: organization.metadata,
    external_id: organization.externalId,
    // Node's type of it has no null.
    ...(stripeCustomerId === null ? {} : { stripe_customer_id: stripeCustomerId }),
    created_at: organization.created,
    updated_at: organization.updated,
  };
}

/** What DNS must say stands in it only where DNS is asked. */
export function publishedDomain(domain: DomainFacts): JsonObject {
  const proof = { verification_token: domain.token, verification_prefix: domain.prefix };
  return {
    object: 'organization_domain',
    id: domain.id,
    organization_id: domain.organizationId,
    domain: domain.domain,
    state: domain.state,
    verification_strategy: domain.strategy,
    ...(domain.strategy === 'dns' ? proof : {}),
    created_at: domain.created,
    updated_at: domain.updated,
  };
}

export function publishedCustomerKey(key: CustomerKeyFacts): JsonObject {
  return {
    object: 'api_key',
    id: key.id,
    owner: { type: 'organization', id: key.organizationId },
    name: key.name,
    obfuscated_value: `sk_...${key.suffix}`,
    last_used_at: key.lastUsed,
    expires_at: key.expires,
    permissions: key.permissions,
    created_at: key.created,
    updated_at: key.updated,
  };
}

export function publishedOfOrganization(event: OrganizationEvent): JsonObject {
  switch (event.type) {
    case 'OrganizationCreated':
    case 'OrganizationDeleted':
      return publishedOrganization(event.data.organization);
    case 'OrganizationUpdated': {
      const after = publishedOrganization(event.data.organization);
      return { ...after, previous_attributes: previousOf(event) };
    }
    case 'OrganizationDomainCreated':
    case 'OrganizationDomainUpdated':
    case 'OrganizationDomainDeleted':
    case 'OrganizationDomainVerified':
      return publishedDomain(event.data.domain);
    case 'OrganizationDomainVerificationFailed':
      return { reason: event.data.reason, organization_domain: publishedDomain(event.data.domain) };
    case 'CustomerKeyCreated':
    case 'CustomerKeyRevoked':
      return publishedCustomerKey(event.data.key);
    case 'CustomerKeyUpdated': {
      const after = publishedCustomerKey(event.data.key);
      return { ...after, previous_attributes: previousOf(event) };
    }
  }
}

/** The old values of what an update changed; when it was updated before says nothing about what was. */
export function previousOf(
  event: Extract<OrganizationEvent, { type: 'OrganizationUpdated' | 'CustomerKeyUpdated' }>,
): JsonObject {
  const [before, after] =
    event.type === 'OrganizationUpdated'
      ? [
          publishedOrganization({ ...event.data.organization, ...event.previous }),
          publishedOrganization(event.data.organization),
        ]
      : [
          publishedCustomerKey({ ...event.data.key, ...event.previous }),
          publishedCustomerKey(event.data.key),
        ];
  const { updated_at: _, ...previous } = changesBetween(before, after);
  return previous;
}
