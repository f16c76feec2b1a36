/** The parameters in paths: what each names, and what such an id looks like. Pure. */

const ULID = '01JZQ3T8M4W2Y5N7K9B1C3D5F7';

/** By the part of the path before it, or by its own name. */
const NOUNS: Readonly<Record<string, readonly [what: string, example: string]>> = {
  organizations: ['organization', `org_${ULID}`],
  organization_domains: ['domain', `org_domain_${ULID}`],
  it_contacts: ['contact', `it_contact_${ULID}`],
  api_keys: ['key', `api_key_${ULID}`],
  admin_api_keys: ['key', `api_key_${ULID}`],
  directories: ['directory', `directory_${ULID}`],
  directory_users: ['person', `directory_user_${ULID}`],
  directory_groups: ['group', `directory_group_${ULID}`],
  users: ['person', `directory_user_${ULID}`],
  groups: ['group', `directory_group_${ULID}`],
  tokens: ['token', `token_${ULID}`],
  oauth_clients: ['client', `oauth_client_${ULID}`],
  clients: ['receiver', `oauth_client_${ULID}`],
  destinations: ['destination', `destination_${ULID}`],
  webhook_endpoints: ['webhook endpoint', `destination_${ULID}`],
  webhooks: ['webhook endpoint', `destination_${ULID}`],
  replays: ['replay', `replay_${ULID}`],
  test: ['test', `test_${ULID}`],
  secrets: ['secret', `secret_${ULID}`],
  delivery_attempts: ['attempt', `attempt_${ULID}`],
  parked_deliveries: ['event', `event_${ULID}`],
  events: ['event', `event_${ULID}`],
  revocations: ['revocation', `revocation_${ULID}`],
  scim_requests: ['request', `req_${ULID}`],
  feed_tokens: ['feed token', `feed_token_${ULID}`],
  signing_keys: ['key', `key_${ULID}`],
  poll: ['stream', `destination_${ULID}`],
};

const NAMES: Readonly<Record<string, readonly [description: string, example: string]>> = {
  name: ['The name of the consumer.', 'billing'],
  slug: ['The slug of the role.', 'admin'],
  urn: ['The URN of the schema.', 'urn:acme:params:scim:schemas:extension:1.0:User'],
  externalId: ['Your own id of the organization.', 'customer-42'],
};

export function pathParameter(path: string, name: string): object {
  const before = new RegExp(`/([a-z_]+)/\\{${name}\\}`).exec(path)?.[1] ?? '';
  const [what, id] = NOUNS[before] ?? [before.replaceAll('_', ' '), ULID];
  const [description, example] = NAMES[name] ?? [`The id of the ${what}.`, id];
  return { name, in: 'path', required: true, description, schema: { type: 'string' }, example };
}
