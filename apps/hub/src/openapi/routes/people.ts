/** People, groups, what they are mapped to, what they were, and proofs that nothing is missing. */
import type { Routes } from '../routes.js';
import { either, page, ref } from '../shapes.js';
import { all, answering, file, made, many, one, PAGING } from './rows.js';

const NDJSON = file('application/x-ndjson');
const CSV = { csv: true } as const;
const then = (name: string) => answering({ 200: ref(name) }, { query: ['as_of'] });
const manyThen = (name: string) => answering({ 200: ref(name) }, { query: ['as_of', ...PAGING] });
const filesThen = (name: string) =>
  answering({ 200: ref(name) }, { query: ['as_of', 'format', ...PAGING], ...CSV });
const compared = answering({ 200: NDJSON }, { query: ['kinds'], body: NDJSON });
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
  'GET /directory_users/{id}': oneAtWill('DirectoryUserWithGroups', 'UserWithGroupsThen'),
  'GET /directory_groups': manyAtWill('DirectoryGroup', 'directory', 'user'),
  'GET /directory_groups/{id}': oneAtWill('DirectoryGroup', 'GroupThen'),
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
  'GET /directories/{id}/digest': one('DirectoryDigest'),
  'GET /organizations/{id}/digest': one('OrganizationDigest'),
  'POST /directories/{id}/compare': compared,
  'POST /organizations/{id}/compare': compared,
  'POST /directories/{id}/reannounce': made('Replay'),
  'GET /directories/{directory}/history/users': filesThen('UsersThen'),
  'GET /directories/{directory}/history/users/{id}': then('UserThen'),
  'GET /directories/{directory}/history/users/{id}/groups': manyThen('GroupsThen'),
  'GET /directories/{directory}/history/groups': manyThen('GroupsThen'),
  'GET /directories/{directory}/history/groups/{id}': then('GroupThen'),
  'GET /directories/{directory}/history/groups/{id}/members': filesThen('UsersThen'),
  'GET /directories/{directory}/history/memberships': filesThen('MembershipsThen'),
  'GET /directories/{directory}/access_history': {
    ...many('AccessInterval', 'user', 'group', 'from', 'to', 'format'),
    ...CSV,
  },
  'GET /directory_users/{id}/timeline': { ...many('TimelineEntry', 'format'), ...CSV },
  'GET /directory_groups/{id}/timeline': { ...many('TimelineEntry', 'format'), ...CSV },
};
