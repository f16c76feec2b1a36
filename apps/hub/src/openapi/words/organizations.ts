/** Organizations with all that is theirs. Pure. */
import { words, type Chapter } from './words.js';

const TAKEN = [
  'external_id_already_used',
  'stripe_customer_id_already_used',
  'invalid_metadata',
  'domain_already_exists',
];

export const ORGANIZATIONS: Chapter = {
  tag: 'Organizations',
  routes: {
    'POST /organizations': words(
      'createOrganization',
      'Create an organization',
      'An organization is one of your customers; directories, destinations and keys belong to it. Domains may be given at once: as `pending` they are verified by DNS, as `verified` you vouch for them. Emits `organization.created`, and `organization_domain.created` for each domain. Send an `Idempotency-Key` to be able to repeat the request.',
      ...TAKEN,
      'limit_reached',
    ),
    'GET /organizations': words(
      'listOrganizations',
      'List organizations',
      'Newest first, a page at a time. `domains` finds those that have any of the domains, `search` those whose name contains the text.',
    ),
    'GET /organizations/{id}': words(
      'getOrganization',
      'Get an organization',
      'With its domains and their states, and its metadata. Its directories are found with `GET /directories?organization_id=…`.',
    ),
    'GET /organizations/external_id/{externalId}': words(
      'getOrganizationByExternalId',
      'Get an organization by your own id',
      'The id that you gave as `external_id`. Case counts.',
    ),
    'PUT /organizations/{id}': words(
      'updateOrganization',
      'Update an organization',
      'Changes what the body names and leaves the rest, as WorkOS does, although the method is PUT. `metadata` is merged: a null removes its key. `domain_data` replaces the list of domains as a whole. Emits `organization.updated` with the old values, if anything changed.',
      ...TAKEN,
      'limit_reached',
    ),
    'DELETE /organizations/{id}': words(
      'deleteOrganization',
      'Delete an organization',
      'Ends its directories, with `dsync.deleted` for each, then removes it with everything that is its own: destinations, keys, contacts, portal links. Emits `organization.deleted`. What was recorded stays in the log. There is no way back.',
      'organization_in_use',
      'not_written',
    ),
    'POST /organization_domains': words(
      'createOrganizationDomain',
      'Add a domain to an organization',
      'The domain is `pending` until DNS shows the TXT record that the answer describes, which is looked for in the background. Emits `organization_domain.created`.',
      'entity_not_found',
      'domain_already_exists',
      'limit_reached',
    ),
    'GET /organization_domains/{id}': words(
      'getOrganizationDomain',
      'Get a domain',
      'With its state, and what the TXT record must say. `pending` means that DNS is still asked, `failed` that nobody asks any more.',
    ),
    'POST /organization_domains/{id}/verify': words(
      'verifyOrganizationDomain',
      'Begin to verify a domain again',
      'After a failure, or when the record was set late: DNS is asked again, soon and for some days. Emits `organization_domain.verified` or `organization_domain.verification_failed`.',
      'domain_already_verified',
      'domain_already_exists',
    ),
    'DELETE /organization_domains/{id}': words(
      'deleteOrganizationDomain',
      'Delete a domain',
      'Another organization may have it afterwards. Emits `organization_domain.deleted`.',
    ),
    'GET /organizations/{organizationId}/it_contacts': words(
      'listItContacts',
      'List the IT contacts of an organization',
      'The people who set up the connection on their side. Newest first.',
    ),
    'POST /organizations/{organizationId}/it_contacts': words(
      'createItContact',
      'Add an IT contact',
      'Somebody on the side of the customer who connects its identity provider. Nothing is sent by this.',
      'it_contact_already_exists',
      'limit_reached',
    ),
    'DELETE /organizations/{organizationId}/it_contacts/{id}': words(
      'deleteItContact',
      'Delete an IT contact',
      'The address is forgotten. Links that were made for the organization go on until they end by themselves.',
    ),
    'POST /organizations/{organizationId}/it_contacts/{id}/invite': words(
      'inviteItContact',
      'Invite an IT contact to the portal',
      'Nobody is written to: make a link with `POST /portal/generate_link` and send it yourself. The route is here for software written for WorkOS.',
    ),
    'POST /organizations/{organizationId}/it_contacts/{id}/revoke': words(
      'revokeItContact',
      "Revoke an IT contact's invitation",
      'There is no invitation to take back, since links end by themselves. The route is here for software written for WorkOS.',
    ),
  },
};

export const PORTAL: Chapter = {
  tag: 'Admin portal',
  routes: {
    'POST /portal/generate_link': words(
      'generatePortalLink',
      'Make a link to the admin portal',
      'The link opens a page on which an administrator of the customer connects the identity provider. It works for a few minutes and opens once, so make it when the person clicks, and redirect to it. `return_url` is where the page leads back to.',
      'entity_not_found',
      'limit_reached',
    ),
    'GET /portal': words(
      'openPortal',
      'Open the admin portal',
      'For browsers. With `token` the link is used up and the answer redirects to the page, whose session a cookie holds.',
    ),
  },
};

export const CUSTOMER_KEYS: Chapter = {
  tag: "Your customers' API keys",
  routes: {
    'POST /organizations/{organizationId}/api_keys': words(
      'createOrganizationApiKey',
      'Make an API key for a customer',
      'A key to your own API, which Rollcall keeps and checks for you; it opens nothing here. The answer shows the value once. `permissions` are in your own words. Emits `api_key.created`.',
      'limit_reached',
    ),
    'GET /organizations/{organizationId}/api_keys': words(
      'listOrganizationApiKeys',
      'List the API keys of a customer',
      'Newest first, with their permissions and when they end. Their values are not shown.',
    ),
    'POST /api_keys/validations': words(
      'validateApiKey',
      "Check a customer's API key",
      'Say what your API was sent, and you are told whose it is and what it may do; `null` when there is no such key, or it has expired. Always 200, and never answered from an `Idempotency-Key`.',
    ),
    'POST /api_keys/{id}/expire': words(
      'expireApiKey',
      "End a customer's API key",
      'At the time given, or at once; with null it lives on. Emits `api_key.updated`.',
    ),
    'DELETE /api_keys/{id}': words(
      'deleteApiKey',
      "Delete a customer's API key",
      'It is worth nothing from now on. Emits `api_key.revoked`.',
    ),
  },
};
