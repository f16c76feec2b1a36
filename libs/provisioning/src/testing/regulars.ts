/** Who is in every history, whatever chance brings: what a snapshot must leave out, and what changes while it is read. */
import { USUAL_LEAVING_POLICY } from '@app/directory';
import { directory, type Stage } from './stage.js';

export interface Regulars {
  /** Was published as deleted, and is in the inner group still. */
  hidden: string;
  /** Is in both groups, and stays. */
  seen: string;
  /** Is in the inner group, and leaves and comes back by turns. */
  comer: string;
  inner: string;
  /** Has the inner group as a member. */
  outer: string;
  /**
   * The comer leaves, or comes back. What no consumer hears of changes too: the inner group leaves the outer one and comes back, and
   * so does the hidden one the inner one.
   * @returns what is told of the comer.
   */
  turn(): Promise<'dsync.user.deleted' | 'dsync.user.created'>;
}

export async function regularsOf({ provisioning }: Stage, directoryId: string): Promise<Regulars> {
  const policy = { ...USUAL_LEAVING_POLICY, deactivationsPublishedAs: 'deleted' } as const;
  const here = directory(directoryId, provisioning, policy);
  const hidden = await here.create('the hidden one');
  const seen = await here.create('the seen one');
  const comer = await here.create('the comer');
  const { group: inner } = await here.createGroup('inner', [hidden, seen, comer]);
  const { group: outer } = await here.createGroup('outer', [inner, seen]);
  await here.change(hidden, { active: false });
  let isThere = true;
  return {
    ...{ hidden: hidden.id, seen: seen.id, comer: comer.id, inner: inner.id, outer: outer.id },
    turn: async () => {
      for (const [group, member] of [
        [outer, inner],
        [inner, hidden],
      ] as const)
        for (const kind of ['remove', 'add'] as const)
          await here.changeGroup(group, [{ kind, ids: [member.id] }]);
      isThere = !isThere;
      await here.change(comer, { active: isThere });
      return isThere ? 'dsync.user.created' : 'dsync.user.deleted';
    },
  };
}
