/** Names what has to happen so that a person looks as desired. Nothing different, nothing named. */
import { difference, type Attributes } from '@app/scim';
import { mapped, sameCustom } from '../attribute-mapping.js';
import { NO_RULES, type DirectoryRules } from '../directory-rules.js';
import { USUAL_LEAVING_POLICY, type LeavingPolicy } from '../leaving-policy.js';
import type { Before } from '../published-user.js';
import { changed, changedQuietly, isActive, newResource, type User } from '../state.js';
import type { UserEvent } from './events.js';
import { withCustom, withRoles } from './review.js';

/** What a decision depends on besides the person and the wish. */
export interface Circumstances {
  policy?: LeavingPolicy | undefined;
  /** How consumers see the people of the directory. */
  rules?: DirectoryRules | undefined;
  /** The request brought a password, which nobody can compare with the one before. */
  hasPassword?: boolean | undefined;
  /** Of somebody new: no identity provider made them. */
  origin?: User['origin'];
}

const MILLISECONDS_PER_DAY = 86_400_000;

export function decideUserCreation(
  id: string,
  desired: Attributes,
  now: string,
  { policy = USUAL_LEAVING_POLICY, rules = NO_RULES, origin }: Circumstances = {},
): UserEvent[] {
  const made: User = { ...newResource(id, desired, now), ...(origin && { origin }) };
  const seen = withCustom(made, mapped(rules.attributes, desired));
  const user = rules.defaultRole === null ? seen : withRoles(seen, [rules.defaultRole]);
  return [{ type: 'UserCreated', data: { user: isActive(user) ? user : inactive(user, policy) } }];
}

/**
 * PUT and PATCH both arrive here as "make it look like this". The profile changes while the person is still active
 * and before they leave: a consumer that stops listening at the deactivation has seen everything. Whoever had come by signing in
 * is adopted by the first word of them, also by one that changes nothing.
 */
export function decideUserChange(
  user: User,
  desired: Attributes,
  now: string,
  { policy = USUAL_LEAVING_POLICY, rules = NO_RULES, hasPassword = false }: Circumstances = {},
): UserEvent[] {
  const events: UserEvent[] = [];
  let current = user;
  if (!isActive(user) && desired['active'] !== false) {
    const event = reactivation(user, now);
    current = event.data.user;
    events.push(event);
  }
  const leaves = isActive(current) && desired['active'] === false;
  const profile = { ...desired, active: isActive(current) };
  const names = difference(current.attributes, profile).filter((name) => name !== 'active');
  const previous = Object.fromEntries(names.map((name) => [name, current.attributes[name] ?? null]));
  if (current.origin || names.length > 0) {
    const { origin, custom } = current;
    const { origin: _jit, ...plain } = changed(current, profile, now);
    current = withCustom(plain, mapped(rules.attributes, profile));
    const before = sameCustom(custom, current.custom) ? {} : { custom: custom ?? null };
    events.push(
      origin
        ? { type: 'UserAdopted', data: { user: current, before: { origin, ...before } }, previous }
        : { type: 'UserProfileChanged', data: { user: current, ...beforeIn(before) }, previous },
    );
  }
  if (hasPassword) {
    current = changedQuietly(current, now);
    events.push({ type: 'UserCredentialChanged', data: { user: current } });
  }
  if (leaves) events.push(deactivation(current, now, policy));
  return events;
}

/**
 * A request to delete. Where the policy keeps people, they become inactive, and their purge is scheduled once; else the
 * event shows the person as they were last, so that a consumer can still see who it was, and memberships end with them.
 */
export function decideUserDeletion(
  user: User,
  now: string,
  { policy = USUAL_LEAVING_POLICY }: Circumstances = {},
): UserEvent[] {
  if (policy.onDelete === 'delete') return [{ type: 'UserDeleted', data: { user } }];
  const events: UserEvent[] = [];
  let current = user;
  if (isActive(user)) {
    const event = deactivation(user, now, policy);
    current = event.data.user;
    events.push(event);
  }
  if (policy.purgeAfterDays !== null && current.purgeAfter === undefined) {
    const purgeAfter = new Date(Date.parse(now) + policy.purgeAfterDays * MILLISECONDS_PER_DAY).toISOString();
    const scheduled = { ...changedQuietly(current, now), purgeAfter };
    events.push({ type: 'UserPurgeScheduled', data: { user: scheduled } });
  }
  return events;
}

/** The end of somebody whose time has come; nothing for whoever has come back since they were looked for. */
export function decideUserPurge(user: User, now: string): UserEvent[] {
  const isDue = !isActive(user) && user.purgeAfter !== undefined && user.purgeAfter <= now;
  return isDue ? [{ type: 'UserDeleted', data: { user } }] : [];
}

/** Absent where nothing but the attributes was different. */
function beforeIn(before: Before): { before?: Before } {
  return Object.keys(before).length > 0 ? { before } : {};
}

type Deactivation = Extract<UserEvent, { type: 'UserDeactivated' }>;
type Reactivation = Extract<UserEvent, { type: 'UserReactivated' }>;

function deactivation(user: User, now: string, policy: LeavingPolicy): Deactivation {
  const after = inactive(changed(user, { ...user.attributes, active: false }, now), policy);
  return { type: 'UserDeactivated', data: { user: after }, previous: { active: true } };
}

function inactive(user: User, policy: LeavingPolicy): User {
  return policy.deactivationsPublishedAs === 'deleted' ? { ...user, concealed: true } : user;
}

/** Whoever comes back is neither purged nor concealed any more. */
function reactivation(user: User, now: string): Reactivation {
  const { purgeAfter: _cancelled, concealed, ...rest } = user;
  const after = changed(rest, { ...rest.attributes, active: true }, now);
  return {
    type: 'UserReactivated',
    data: { user: after, ...(concealed && { revealed: true }) },
    previous: { active: false },
  };
}
