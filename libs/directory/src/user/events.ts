import type { Attributes } from '@app/scim';
import type { Before } from '../published-user.js';
import type { User } from '../state.js';

/** Each event carries the person as they are after it, so that publishing and rebuilding need nothing else. */
export type UserEvent =
  | { type: 'UserCreated'; data: { user: User } }
  /** `before`: what the mapping of the directory had made of the attributes, where that is different too. */
  | { type: 'UserProfileChanged'; data: { user: User; before?: Before }; previous: Attributes }
  /** Nobody changed the person: the directory's attribute mapping is another. */
  | { type: 'UserRemapped'; data: { user: User; before: Before } }
  /** Their groups give them other roles. */
  | { type: 'UserRolesChanged'; data: { user: User; before: Before } }
  /** The identity provider knows of somebody now who had come by signing in. */
  | { type: 'UserAdopted'; data: { user: User; before?: Before }; previous: Attributes }
  /** A password came for them. It is kept nowhere, and so not here. */
  | { type: 'UserCredentialChanged'; data: { user: User } }
  | { type: 'UserDeactivated'; data: { user: User }; previous: Attributes }
  /** They are to be deleted at `user.purgeAfter`, unless they come back before. */
  | { type: 'UserPurgeScheduled'; data: { user: User } }
  /** `revealed`: they were concealed until now, so to consumers they are new. */
  | { type: 'UserReactivated'; data: { user: User; revealed?: true }; previous: Attributes }
  | { type: 'UserDeleted'; data: { user: User } };
