export { holdersOfValues } from './declared-values.js';
export { loadGroups, loadGroupsByExternalIds, removeGroups, saveGroups, type PlacedGroup } from './groups.js';
export {
  groupsOf,
  loadMemberships,
  loadMembershipsOfMembers,
  membersOf,
  saveMemberships,
  type Membership,
  type MemberType,
} from './memberships.js';
export type { Place } from './order.js';
export {
  findPage,
  findResources,
  type Found,
  type Page,
  type Part,
  type Wanted,
  type Window,
} from './page.js';
export { peopleToPurge, type Due } from './purge.js';
export { clearDirectory, rebuildDirectory } from './rebuild.js';
export { loadUsers, removeUsers, saveUsers, type PlacedUser, type UserKeys } from './users.js';
export { SharedReads } from './shared-reads.js';
