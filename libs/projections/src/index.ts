export { holdersOfValues } from './declared-values.js';
export { loadGroups, removeGroups, saveGroups, type PlacedGroup } from './groups.js';
export {
  groupsOf,
  loadMemberships,
  membersOf,
  saveMemberships,
  type Membership,
  type MemberType,
} from './memberships.js';
export { findResources, type Found, type Wanted } from './page.js';
export { clearDirectory, rebuildDirectory } from './rebuild.js';
export { loadUsers, removeUsers, saveUsers, type PlacedUser, type UserKeys } from './users.js';
export { SharedReads } from './shared-reads.js';
