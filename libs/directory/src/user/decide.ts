/** Names what has to happen so that a person looks as desired. Nothing different, nothing named. */
import { difference, type Attributes } from '@app/scim';
import { changed, isActive, newResource, type User } from '../state.js';
import type { UserEvent } from './events.js';

export function decideUserCreation(id: string, desired: Attributes, now: string): UserEvent[] {
  return [{ type: 'UserCreated', data: { user: newResource(id, desired, now) } }];
}

/**
 * PUT and PATCH both arrive here as "make it look like this". The profile changes while the person is still active
 * and before they leave: a consumer that stops listening at the deactivation has seen everything.
 */
export function decideUserChange(user: User, desired: Attributes, now: string): UserEvent[] {
  const events: UserEvent[] = [];
  let current = user;
  const returns = !isActive(user) && desired['active'] !== false;
  if (returns) {
    current = changed(current, { ...current.attributes, active: true }, now);
    events.push({ type: 'UserReactivated', data: { user: current }, previous: { active: false } });
  }
  const leaves = isActive(current) && desired['active'] === false;
  const profile = { ...desired, active: isActive(current) };
  const names = difference(current.attributes, profile).filter((name) => name !== 'active');
  if (names.length > 0) {
    const previous = Object.fromEntries(names.map((name) => [name, current.attributes[name] ?? null]));
    current = changed(current, profile, now);
    events.push({ type: 'UserProfileChanged', data: { user: current }, previous });
  }
  if (leaves) {
    current = changed(current, { ...current.attributes, active: false }, now);
    events.push({ type: 'UserDeactivated', data: { user: current }, previous: { active: true } });
  }
  return events;
}

/** The person as they were last, so that a consumer can still see who it was. Memberships end with the person. */
export function decideUserDeletion(user: User): UserEvent[] {
  return [{ type: 'UserDeleted', data: { user } }];
}
