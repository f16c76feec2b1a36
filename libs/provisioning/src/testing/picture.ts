/** What a consumer knows who applies published events one after the other, and nothing else. */
import type { PublishedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';

export interface Picture {
  /** The state and the last change of each person. */
  people: Map<string, string>;
  groups: Set<string>;
  /** `group person` */
  memberships: Set<string>;
}

/** Strict: whatever does not fit what was told before is thrown. @param picture goes on with it. */
export function told(
  events: PublishedEvent[],
  picture: Picture = { people: new Map(), groups: new Set(), memberships: new Set() },
): Picture {
  for (const event of events) apply(picture, event);
  return picture;
}

type Thing = { id: string; state?: string; updated_at: string };

function apply({ people, groups, memberships }: Picture, { event, data, context }: PublishedEvent): void {
  const must = (truth: boolean): void => {
    if (!truth) throw new Error(`${event} at ${context.sequence} does not fit what was told before`);
  };
  const { id, state, updated_at: at } = data as unknown as Thing;
  const shown = `${state} ${at}`;
  switch (event) {
    case 'dsync.user.created':
      must(!people.has(id));
      return void people.set(id, shown);
    case 'dsync.user.updated':
      must(people.has(id));
      return void people.set(id, shown);
    case 'dsync.user.deleted':
      must(people.delete(id));
      for (const each of memberships) if (each.endsWith(` ${id}`)) memberships.delete(each);
      return;
    case 'dsync.group.created':
      must(!groups.has(id));
      return void groups.add(id);
    case 'dsync.group.updated':
      return must(groups.has(id));
    case 'dsync.group.deleted':
      must(groups.delete(id));
      for (const each of memberships) if (each.startsWith(`${id} `)) memberships.delete(each);
      return;
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed': {
      const { user, group } = data as unknown as { user: Thing; group: Thing };
      must(people.has(user.id) && groups.has(group.id));
      const membership = `${group.id} ${user.id}`;
      if (event === 'dsync.group.user_removed') return must(memberships.delete(membership));
      must(!memberships.has(membership));
      return void memberships.add(membership);
    }
    default:
      throw new Error(`nothing here publishes ${event}`);
  }
}

/** What the views say that consumers should know. */
export async function truth(tx: Tx, directoryId: string): Promise<Picture & { concealed: number }> {
  const people = await tx.rows<{ id: string; active: boolean; concealed: boolean; at: Date }>(
    `select id, coalesce((attributes ->> 'active')::boolean, true) as active, concealed, last_modified as at
       from scim_user where directory_id = $1`,
    [directoryId],
  );
  const known = new Map(people.filter(({ concealed }) => !concealed).map((each) => [each.id, each]));
  const groups = await tx.rows<{ id: string }>('select id from scim_group where directory_id = $1', [
    directoryId,
  ]);
  const memberships = await tx.rows<{ group_id: string; member_id: string }>(
    'select group_id, member_id from membership where directory_id = $1',
    [directoryId],
  );
  return {
    people: new Map([...known].map(([id, { active }]) => [id, active ? 'active' : 'inactive'])),
    groups: new Set(groups.map(({ id }) => id)),
    memberships: new Set(
      memberships
        .filter(({ member_id }) => known.has(member_id))
        .map(({ group_id, member_id }) => `${group_id} ${member_id}`),
    ),
    concealed: people.length - known.size,
  };
}

export const sorted = ({ people, groups, memberships }: Picture): unknown => ({
  people: [...people].map(([id, shown]) => [id, shown.split(' ')[0]]).sort(),
  groups: [...groups].sort(),
  memberships: [...memberships].sort(),
});
