/** Makes a directory's views anew from its events, with the same `evolve` that made them the first time. */
import {
  evolveGroup,
  evolveMembers,
  evolveUser,
  isOfOrganization,
  memberId,
  recorded,
  type Group,
  type RecordedEvent,
  type User,
} from '@app/directory';
import { lockDirectory, type EventLog } from '@app/event-log';
import type { Tx } from '@app/runtime';
import { saveGroups } from './groups.js';
import { saveMemberships, type Membership, type MemberType } from './memberships.js';
import { saveUsers } from './users.js';

const EVENTS_PER_READ = 1_000;
const ROWS_PER_WRITE = 1_000;

interface Views {
  users: Map<string, User>;
  groups: Map<string, Group>;
  members: Map<string, Map<string, MemberType>>;
}

/**
 * Replaces the views of one directory. Writers of the directory wait meanwhile; other directories do not.
 * @returns how many rows the views have now.
 */
export async function rebuildDirectory(
  tx: Tx,
  log: EventLog,
  directoryId: string,
): Promise<{ users: number; groups: number; memberships: number }> {
  await lockDirectory(tx, directoryId);
  const views = await replay(tx, log, directoryId);
  await clearDirectory(tx, directoryId);
  const users = [...views.users.values()].map((user) => ({ ...user, directoryId }));
  const groups = [...views.groups.values()].map((group) => ({ ...group, directoryId }));
  const memberships: Membership[] = [...views.members].flatMap(([groupId, members]) =>
    [...members].map(([id, memberType]) => ({ directoryId, groupId, memberId: id, memberType })),
  );
  for (const part of parts(users)) await saveUsers(tx, part);
  for (const part of parts(groups)) await saveGroups(tx, part);
  for (const part of parts(memberships)) await saveMemberships(tx, part, []);
  return { users: users.length, groups: groups.length, memberships: memberships.length };
}

/** Empties the views of a directory; the log keeps what they were made of. */
export async function clearDirectory(tx: Tx, directoryId: string): Promise<void> {
  await tx.rows(
    'delete from membership m using scim_group g where g.directory_id = $1 and m.group_id = g.id',
    [directoryId],
  );
  await tx.rows('delete from scim_group where directory_id = $1', [directoryId]);
  await tx.rows('delete from scim_user where directory_id = $1', [directoryId]);
}

async function replay(tx: Tx, log: EventLog, directoryId: string): Promise<Views> {
  const views: Views = { users: new Map(), groups: new Map(), members: new Map() };
  let after = 0;
  for (;;) {
    const entries = await log.after(tx, { after, directoryId, limit: EVENTS_PER_READ });
    for (const entry of entries) play(views, recorded(entry));
    if (entries.length < EVENTS_PER_READ) return views;
    after = entries.at(-1)!.position;
  }
}

function play(views: Views, event: RecordedEvent): void {
  if (isOfOrganization(event)) return;
  switch (event.type) {
    case 'UserCreated':
    case 'UserProfileChanged':
    case 'UserRemapped':
    case 'UserRolesChanged':
    case 'UserAdopted':
    case 'UserCredentialChanged':
    case 'UserDeactivated':
    case 'UserPurgeScheduled':
    case 'UserReactivated':
    case 'UserDeleted': {
      const id = event.data.user.id;
      put(views.users, id, evolveUser(views.users.get(id), event));
      if (!views.users.has(id)) leaveAll(views, id);
      return;
    }
    case 'GroupCreated':
    case 'GroupChanged':
    case 'GroupDeleted':
    case 'MembershipChanged':
    case 'MembershipRestated': {
      const id = event.data.group.id;
      put(views.groups, id, evolveGroup(views.groups.get(id), event));
      if (event.type === 'MembershipChanged') {
        const members = views.members.get(id) ?? new Map<string, MemberType>();
        const mentioned = only(members, memberId(event.data.member));
        const after = evolveMembers(mentioned, event);
        const [come] = after;
        if (come) members.set(...come);
        else members.delete(memberId(event.data.member));
        views.members.set(id, members);
      }
      if (!views.groups.has(id)) {
        views.members.delete(id);
        leaveAll(views, id);
      }
      return;
    }
    case 'DirectoryActivated':
    case 'DestinationFailing':
    case 'DestinationRecovered':
    case 'DestinationDisabled':
    case 'DestinationPaused':
    case 'DestinationBacklog':
    case 'DeliverySkipped':
    case 'RevocationOverdue':
    case 'StreamVerificationRequested':
    case 'StreamUpdated':
      return;
    case 'DirectoryDeleted':
      views.users.clear();
      views.groups.clear();
      views.members.clear();
  }
}

/** Copying all members for each of them would make a large group's history take for ever. */
function only(members: ReadonlyMap<string, MemberType>, id: string): Map<string, MemberType> {
  const type = members.get(id);
  return new Map(type ? [[id, type]] : []);
}

function leaveAll(views: Views, id: string): void {
  for (const members of views.members.values()) members.delete(id);
}

function put<T>(map: Map<string, T>, id: string, value: T | undefined): void {
  if (value === undefined) map.delete(id);
  else map.set(id, value);
}

function* parts<T>(rows: T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += ROWS_PER_WRITE) yield rows.slice(at, at + ROWS_PER_WRITE);
}
