import type { User } from '../state.js';
import type { UserEvent } from './events.js';

/** The one definition of what an event does to a person: to decide on, to store, and to rebuild from. */
export function evolveUser(user: User | undefined, event: UserEvent): User | undefined {
  if (event.type === 'UserCreated') return event.data.user;
  if (!user)
    throw new Error(`${event.type} of ${event.data.user.id} came before UserCreated: the log is damaged`);
  switch (event.type) {
    case 'UserProfileChanged':
    case 'UserRemapped':
    case 'UserRolesChanged':
    case 'UserAdopted':
    case 'UserCredentialChanged':
    case 'UserDeactivated':
    case 'UserPurgeScheduled':
    case 'UserReactivated':
      return event.data.user;
    case 'UserDeleted':
      return undefined;
  }
}
