/** The names of what is of no directory: only who names them is told. */
import type { DestinationEvent } from './destination/events.js';
import type { OrganizationEvent } from './organization/events.js';

export const OPERATIONAL_NAMES = {
  DestinationFailing: 'destination.failing',
  DestinationRecovered: 'destination.recovered',
  DestinationDisabled: 'destination.disabled',
  DestinationPaused: 'destination.paused',
  DestinationBacklog: 'destination.backlog',
  DeliverySkipped: 'destination.delivery_skipped',
  RevocationOverdue: 'revocation.overdue',
  OrganizationCreated: 'organization.created',
  OrganizationUpdated: 'organization.updated',
  OrganizationDeleted: 'organization.deleted',
  OrganizationDomainCreated: 'organization_domain.created',
  OrganizationDomainUpdated: 'organization_domain.updated',
  OrganizationDomainDeleted: 'organization_domain.deleted',
  OrganizationDomainVerified: 'organization_domain.verified',
  OrganizationDomainVerificationFailed: 'organization_domain.verification_failed',
  CustomerKeyCreated: 'api_key.created',
  CustomerKeyUpdated: 'api_key.updated',
  CustomerKeyRevoked: 'api_key.revoked',
} as const satisfies Record<OperationalCause, string>;

type OperationalCause = (DestinationEvent | OrganizationEvent)['type'];
export type OperationalType = (typeof OPERATIONAL_NAMES)[OperationalCause];

export const OPERATIONAL_TYPES: readonly OperationalType[] = Object.values(OPERATIONAL_NAMES);

/**
 * Whether a type tells of destinations, organizations, their domains or keys, and not of a directory. Who wants all there is
 * means directories: software written for WorkOS names the others where it wants them, or does not know them.
 */
export function isOperationalType(type: string): type is OperationalType {
  return (OPERATIONAL_TYPES as readonly string[]).includes(type);
}

export function causeNamed(type: OperationalType): OperationalCause {
  const [found] = Object.entries(OPERATIONAL_NAMES).find(([, name]) => name === type)!;
  return found as OperationalCause;
}
