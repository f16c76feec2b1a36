/** What may be wrong with a change of an organization or of what it has, in the words of the consumer API. */
import { ContactTaken, DomainTaken, LastApiKey, OrganizationIdTaken, OrganizationInUse } from '@app/tenancy';
import { DomainVerified } from './domain-set-up.js';

export interface Refusal {
  status: number;
  code: string;
  message: string;
}

const ALREADY_USED = {
  external_id: 'external_id_already_used',
  stripe_customer_id: 'stripe_customer_id_already_used',
} as const;

/** @returns undefined for an error that is none of these. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof OrganizationIdTaken)
    return refusal(400, ALREADY_USED[error.field], `${error.message}. Choose another one.`);
  if (error instanceof DomainTaken) return refusal(409, 'domain_already_exists', `${error.message}.`);
  if (error instanceof DomainVerified) return refusal(400, 'domain_already_verified', `${error.message}.`);
  if (error instanceof ContactTaken) return refusal(409, 'it_contact_already_exists', `${error.message}.`);
  if (error instanceof LastApiKey) return refusal(409, 'last_api_key', error.message);
  if (error instanceof OrganizationInUse)
    return refusal(409, 'organization_in_use', `${error.message}. Send the same request again.`);
  return undefined;
}

function refusal(status: number, code: string, message: string): Refusal {
  return { status, code, message };
}
