/** People, groups, what they are mapped to, what they were, and proofs that nothing is missing. */
import type { Routes } from '../routes.js';
import { either, page, ref } from '../shapes.js';
import { all, answering, file, made, many, one, PAGING } from './rows.js';

const NDJSON = file('application/x-ndjson');
const history = (name: string) => answering({ 200: ref(name) }, { query: ['as_of', ...PAGING] });
/** As they are, or with `as_of` as they were. */
const manyAtWill = (name: string, ...query: string[]) =>
  answering(
    { 200: page(ref(name), { as_of: ref('Moment') }) },
    { query: [...query, 'at_will_as_of', ...PAGING] },
  );
const oneAtWill = (now: string, then: string) =>
  answering({ 200: either(ref(now), ref(then)) }, { query: ['at_will_as_of'] });

export const PEOPLE_ROUTES: Routes = {
  'GET /directory_users': manyAtWill('DirectoryUserWithGroups', 'directory', 'group', 'idp_id', 'email'),
  'GET /directory_users/{id}': oneAtWill('DirectoryUserWithGroups', 'DirectoryUserThen'),
  'GET /directory_groups': manyAtWill('DirectoryGroup', 'directory', 'user'),
  'GET /directory_groups/{id}': oneAtWill('DirectoryGroup', 'DirectoryGroupThen'),
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
  'GET /directories/{directory}/history/users': history('HistoryPage'),
  'GET /directories/{directory}/history/users/{id}': history('HistoryPage'),
  'GET /directories/{directory}/history/users/{id}/groups': history('HistoryPage'),
  'GET /directories/{directory}/history/groups': history('HistoryPage'),
  'GET /directories/{directory}/history/groups/{id}': history('HistoryPage'),
  'GET /directories/{directory}/history/groups/{id}/members': history('HistoryPage'),
  'GET /directories/{directory}/history/memberships': history('HistoryPage'),
  'GET /directories/{directory}/access_history': many('AccessPeriod', 'user', 'group', 'from', 'to'),
  'GET /directory_users/{id}/timeline': many('TimelineEntry'),
  'GET /directory_groups/{id}/timeline': many('TimelineEntry'),
};
