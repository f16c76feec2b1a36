/** What comes into the log, for both. */
import { append, loadHeads } from '@app/event-log';
import type { EventWish } from './acts.js';
import type { Ground } from './people.js';
import type { Happened } from './story.js';

/** Appends the events to the log of one directory, and to the story. */
export async function write(
  { stage, clock, story }: Ground,
  { organizationId, directory, events }: { organizationId: string; directory: number; events: EventWish[] },
): Promise<void> {
  const directoryId = `directory_${directory}_of_${organizationId}`;
  const happened = events.map((wish) => happenedOf(wish, { organizationId, directoryId }));
  const { last, sequence } = await stage.database.transaction(async (tx) => {
    const heads = await loadHeads(tx, [directoryId]);
    const occurredAt = clock.now().toISOString();
    const written = happened.map(({ impossible, ...event }) => ({
      ...event,
      data: { impossible },
      requestId: 'request_1',
      occurredAt,
    }));
    const last = await append(tx, written, heads);
    return { last, sequence: heads.get(directoryId)!.sequence };
  });
  happened.forEach((event, index) => {
    const before = happened.length - 1 - index;
    story.events.push({ ...event, position: last - before, sequence: sequence - before });
  });
}
const TYPES = {
  person: 'UserProfileChanged',
  impossible: 'UserProfileChanged',
  leaves: 'UserDeactivated',
  returns: 'UserReactivated',
  group: 'GroupChanged',
  membership: 'MembershipChanged',
} as const;

function happenedOf(
  { what, person, group }: EventWish,
  { organizationId, directoryId }: Pick<Happened, 'organizationId' | 'directoryId'>,
): Omit<Happened, 'position' | 'sequence'> {
  const subjects = {
    person: `person_${person}_of_${directoryId}`,
    group: `group_${group}_of_${directoryId}`,
  };
  const both = what === 'membership' ? [subjects.group, subjects.person] : undefined;
  return {
    ...{ organizationId, directoryId },
    type: TYPES[what],
    subjects: both ?? [what === 'group' ? subjects.group : subjects.person],
    impossible: what === 'impossible',
  };
}
