/** Everything that consumers know of a directory or an organization at one place in the log, a line for each thing. */
import { publishedGroup, publishedUser } from '@app/directory';
import { knownGroups, knownMemberships, knownUsers, type KnownMembership } from '@app/projections';
import type { Tx } from '@app/runtime';
import { LineDigest } from './line-digest.js';
import type { Standing } from './standing.js';

/** The first part is the line that names the place; people come before groups, and both before who is in which. */
export async function* snapshotOf(tx: Tx, standing: Standing): AsyncGenerator<string> {
  const { directoryIds, organizationId } = standing;
  const digest = new LineDigest();
  yield line({ object: 'snapshot', ...standing.shown });
  for await (const users of knownUsers(tx, directoryIds)) {
    yield* linesOf(users, (user) => {
      const shown = publishedUser(user, { directoryId: user.directoryId, organizationId });
      digest.user(user.id, shown['updated_at'] as string);
      return shown;
    });
  }
  for await (const groups of knownGroups(tx, directoryIds)) {
    yield* linesOf(groups, (group) => {
      const shown = publishedGroup(group, { directoryId: group.directoryId, organizationId });
      digest.group(group.id, shown['updated_at'] as string);
      return shown;
    });
  }
  for await (const memberships of knownMemberships(tx, directoryIds)) {
    yield* linesOf(memberships, (membership) => {
      digest.membership(membership.groupId, membership.userId);
      return shownMembership(membership);
    });
  }
  yield line({ object: 'snapshot_end', ...digest.shown() });
}

export function shownMembership({ directoryId, groupId, userId }: KnownMembership): object {
  return { object: 'directory_membership', directory_id: directoryId, group_id: groupId, user_id: userId };
}

export function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** What goes out at a time: larger texts would not be among the short-lived ones, whose memory costs next to nothing. */
const THINGS_AT_ONCE = 25;

export function* linesOf<T>(things: readonly T[], shown: (thing: T) => object): Generator<string> {
  for (let at = 0; at < things.length; at += THINGS_AT_ONCE) {
    let text = '';
    for (const thing of things.slice(at, at + THINGS_AT_ONCE)) text += line(shown(thing));
    yield text;
  }
}
