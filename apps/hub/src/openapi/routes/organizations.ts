/** Organizations with all that is theirs, keys, and the portal link. */
import type { Routes } from '../routes.js';
import { answering, file, going, gone, made, many, one } from './rows.js';
import { ref } from '../shapes.js';

export const ORGANIZATION_ROUTES: Routes = {
  'POST /organizations': made('Organization'),
  'GET /organizations': many('Organization', 'domains', 'search'),
  'GET /organizations/{id}': one('Organization'),
  'GET /organizations/external_id/{externalId}': one('Organization'),
  'PUT /organizations/{id}': one('Organization'),
  'DELETE /organizations/{id}': going,
  'POST /organization_domains': made('OrganizationDomain'),
  'GET /organization_domains/{id}': one('OrganizationDomain'),
  'POST /organization_domains/{id}/verify': made('OrganizationDomain'),
  'DELETE /organization_domains/{id}': gone,
  'POST /organizations/{organizationId}/api_keys': made('CreatedApiKey'),
  'GET /organizations/{organizationId}/api_keys': many('ApiKey'),
  'POST /api_keys/validations': one('ApiKeyValidation'),
  'POST /api_keys/{id}/expire': one('ApiKey'),
  'DELETE /api_keys/{id}': gone,
  'GET /organizations/{organizationId}/it_contacts': many('ItContact'),
  'POST /organizations/{organizationId}/it_contacts': made('ItContact'),
  'DELETE /organizations/{organizationId}/it_contacts/{id}': gone,
  'POST /organizations/{organizationId}/it_contacts/{id}/invite': gone,
  'POST /organizations/{organizationId}/it_contacts/{id}/revoke': gone,
  'POST /portal/generate_link': made('PortalLink'),
  'GET /portal': answering({ 200: file('text/html'), 303: null }, { open: true, query: ['token'] }),
  'POST /admin_api_keys': made('CreatedAdminApiKey'),
  'GET /admin_api_keys': many('AdminApiKey'),
  'GET /admin_api_keys/{id}': one('AdminApiKey'),
  'DELETE /admin_api_keys/{id}': gone,
  'GET /organizations/{id}/role_mapping': one('RoleMapping'),
  'PUT /organizations/{id}/role_mapping': one('RoleMapping'),
  'POST /organizations/{id}/role_mapping/preview': answering({ 200: ref('RoleMappingPreview') }),
};
