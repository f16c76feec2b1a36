import type { Attributes } from '@app/scim';
import type { User } from '../state.js';

/** Each event carries the person as they are after it, so that publishing and rebuilding need nothing else. */
export type UserEvent =
  | { type: 'UserCreated'; data: { user: User } }
  | { type: 'UserProfileChanged'; data: { user: User }; previous: Attributes }
  /** A password came for them. It is kept nowhere, and so not here. */
  | { type: 'UserCredentialChanged'; data: { user: User } }
  | { type: 'UserDeactivated'; data: { user: User }; previous: Attributes }
  /** They are to be deleted at `user.purgeAfter`, unless they come back before. */
  | { type: 'UserPurgeScheduled'; data: { user: User } }
  /** `revealed`: they were concealed until now, so to consumers they are new. */
  | { type: 'UserReactivated'; data: { user: User; revealed?: true }; previous: Attributes }
  | { type: 'UserDeleted'; data: { user: User } };
