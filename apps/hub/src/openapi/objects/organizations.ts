/** What consumers see of organizations and of all that is theirs. Pure. */
import {
  described,
  exactly,
  flag,
  kind,
  listOf,
  mapOf,
  maybe,
  object,
  oneOf,
  ref,
  text,
  time,
  url,
  type Schema,
} from '../shapes.js';

const times = { created_at: time, updated_at: time };

export const apiKey = {
  id: text,
  owner: object({ type: exactly('organization'), id: text }),
  name: text,
  obfuscated_value: text,
  last_used_at: maybe(time),
  expires_at: maybe(time),
  permissions: listOf(text),
  ...times,
};
const adminApiKey = {
  id: text,
  name: text,
  obfuscated_value: text,
  permissions: listOf(text),
  created_at: time,
};
const once = described('Shown once.', text);

export const organization = {
  always: {
    id: text,
    name: text,
    allow_profiles_outside_organization: flag,
    domains: listOf(ref('OrganizationDomain')),
    metadata: mapOf(text),
    external_id: described('Your own id of it.', maybe(text)),
    ...times,
  },
  sometimes: { stripe_customer_id: text },
};
export const organizationDomain = {
  always: {
    id: text,
    organization_id: text,
    domain: text,
    state: oneOf('pending', 'verified', 'failed', 'unverified', 'legacy_verified'),
    verification_strategy: oneOf('dns', 'manual'),
    ...times,
  },
  sometimes: {
    verification_token: described('What the TXT record must say, where DNS is asked.', text),
    verification_prefix: described('The name of that record, before the domain.', text),
  },
};

export const ORGANIZATIONS: Readonly<Record<string, Schema>> = {
  Organization: kind('organization', organization.always, organization.sometimes),
  OrganizationDomain: kind('organization_domain', organizationDomain.always, organizationDomain.sometimes),
  ApiKey: kind('api_key', apiKey),
  CreatedApiKey: kind('api_key', { ...apiKey, value: once }),
  ApiKeyValidation: object({ api_key: maybe(ref('ApiKey')) }),
  ItContact: kind('it_contact', { id: text, email: text, ...times }),
  PortalLink: object({ link: url }),
  AdminApiKey: kind('admin_api_key', adminApiKey),
  CreatedAdminApiKey: kind('admin_api_key', { ...adminApiKey, value: once }),
};
