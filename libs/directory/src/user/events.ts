import type { Attributes } from '@app/scim';
import type { User } from '../state.js';

/** Each event carries the person as they are after it, so that publishing and rebuilding need nothing else. */
export type UserEvent =
  | { type: 'UserCreated'; data: { user: User } }
  | { type: 'UserProfileChanged'; data: { user: User }; previous: Attributes }
  | { type: 'UserDeactivated'; data: { user: User }; previous: Attributes }
  | { type: 'UserReactivated'; data: { user: User }; previous: Attributes }
  | { type: 'UserDeleted'; data: { user: User } };
