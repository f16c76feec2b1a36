/** The attributes that consumers know by WorkOS's names, made of what SCIM says when no mapping says otherwise. */
import { ENTERPRISE_SCHEMA, isObject, type Attributes, type Json } from '@app/scim';

/**
 * Each is there; what SCIM does not say is null. No schema of the RFCs knows when somebody's employment began, so that takes a
 * mapping; the manager is an id to SCIM, and an address only where the identity provider sends one for it.
 */
export function predefinedAttributes(attributes: Attributes): { [name: string]: Json } {
  const extension = attributes[ENTERPRISE_SCHEMA.id];
  const enterprise: { [name: string]: Json } = isObject(extension) ? extension : {};
  return {
    addresses: attributes['addresses'] ?? [],
    cost_center_name: enterprise['costCenter'] ?? null,
    department_name: enterprise['department'] ?? null,
    division_name: enterprise['division'] ?? null,
    emails: attributes['emails'] ?? [],
    employee_number: enterprise['employeeNumber'] ?? null,
    employee_type: attributes['userType'] ?? null,
    employment_start_date: null,
    job_title: attributes['title'] ?? null,
    manager_email: addressIn(enterprise['manager']),
    organization: enterprise['organization'] ?? null,
    username: attributes['userName'] ?? null,
  };
}

export const PREDEFINED_ATTRIBUTES: readonly string[] = Object.keys(predefinedAttributes({}));

const ADDRESS = /^[^\s@]+@[^\s@]+$/;

function addressIn(manager: Json | undefined): string | null {
  const value = isObject(manager) ? manager['value'] : null;
  return typeof value === 'string' && ADDRESS.test(value) ? value : null;
}
