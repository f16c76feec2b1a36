/** People, groups, what they are mapped to, what they were, and proofs that nothing is missing. */
import type { Routes } from '../routes.js';
import { ref } from '../shapes.js';
import { all, answering, file, made, many, one, PAGING } from './rows.js';

const NDJSON = file('application/x-ndjson');
const history = (name: string, ...also: string[]) =>
  answering({ 200: ref(name) }, { query: ['as_of', ...also, ...PAGING] });
/** `csv`: all pages in one file. */
const FILE = 'format';

export const PEOPLE_ROUTES: Routes = {
  'GET /directory_users': many('DirectoryUserWithGroups', 'directory', 'group', 'idp_id', 'email'),
  'GET /directory_users/{id}': one('DirectoryUserWithGroups'),
  'GET /directory_groups': many('DirectoryGroup', 'directory', 'user'),
  'GET /directory_groups/{id}': one('DirectoryGroup'),
  'GET /directories/{id}/attribute_mapping': one('AttributeMapping'),
  'PUT /directories/{id}/attribute_mapping': one('AttributeMapping'),
  'POST /directories/{id}/attribute_mapping/preview': one('AttributeMappingPreview'),
  'GET /directories/{id}/role_mapping': one('RoleMapping'),
  'PUT /directories/{id}/role_mapping': one('RoleMapping'),
  'POST /directories/{id}/role_mapping/preview': one('RoleMappingPreview'),
  'GET /directories/{id}/roles': many('DirectoryRole'),
  'GET /directories/{id}/roles/{slug}/users': many('RoleHolder'),
  'GET /directory_users/{id}/roles': all('UserRole'),
  'GET /directories/{id}/snapshot': answering({ 200: NDJSON }),
  'GET /organizations/{id}/snapshot': answering({ 200: NDJSON }),
  'GET /directories/{id}/digest': one('Digest'),
  'GET /organizations/{id}/digest': one('Digest'),
  'POST /directories/{id}/compare': answering({ 200: NDJSON }, { query: ['kinds'] }),
  'POST /organizations/{id}/compare': answering({ 200: NDJSON }, { query: ['kinds'] }),
  'POST /directories/{id}/reannounce': made('Replay'),
  'GET /directories/{directory}/history/users': history('HistoryPage', FILE),
  'GET /directories/{directory}/history/users/{id}': history('HistoryPage'),
  'GET /directories/{directory}/history/users/{id}/groups': history('HistoryPage'),
  'GET /directories/{directory}/history/groups': history('HistoryPage'),
  'GET /directories/{directory}/history/groups/{id}': history('HistoryPage'),
  'GET /directories/{directory}/history/groups/{id}/members': history('HistoryPage', FILE),
  'GET /directories/{directory}/history/memberships': history('HistoryPage', FILE),
  'GET /directories/{directory}/access_history': many('AccessPeriod', 'user', 'group', 'from', 'to', FILE),
  'GET /directory_users/{id}/timeline': many('TimelineEntry', FILE),
  'GET /directory_groups/{id}/timeline': many('TimelineEntry', FILE),
};
