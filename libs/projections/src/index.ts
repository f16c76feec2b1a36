export { holdersOfValues } from './declared-values.js';
export { countDirectories, sequencesOf, type DirectoryCounts } from './directory-counts.js';
export { loadDirectoryRules } from './directory-rules.js';
export { loadGroups, loadGroupsByExternalIds, removeGroups, saveGroups, type PlacedGroup } from './groups.js';
export { findKnownGroup, listKnownGroups, type KnownGroup } from './known-groups.js';
export { findKnownUser, groupsOfKnownUsers, listKnownUsers, type KnownUser } from './known-users.js';
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
export {
  SIGN_IN_NAMES,
  wasDeleted,
  whoSignsIn,
  type SignInDirectory,
  type SignInName,
  type SignInPlace,
} from './sign-in.js';
export { grantsOf, type Grant, type Grants, type NamedGroup } from './role-grants.js';
export { countRoles, directoryOfUser, holdersOfRole, knownPeople, type RoleCount } from './role-holders.js';
export { roleNews, type RoleNews } from './role-news.js';
export { rolesOf } from './roles.js';
export { SharedReads } from './shared-reads.js';
export {
  differentGroups,
  differentUsers,
  extraHeld,
  heldTwice,
  measureHeld,
  missingMemberships,
  prepareHeld,
  stageHeld,
  type Different,
  type Held,
} from './known/compared.js';
export { KINDS, sumsOf, type Kind, type Sum } from './known/digest.js';
export {
  knownGroups,
  knownMemberships,
  knownUsers,
  unknownAmong,
  type KnownMembership,
} from './known/known.js';
