/** When people were inactive: they are in their groups all the same, and have no access by them. */
import type { Tx } from '@app/runtime';

export interface Span {
  /** Positions: exclusive of the second, which is null while it lasts. */
  from: number;
  to: number | null;
  since: string;
  until: string | null;
}

/** What makes people inactive and active is rare; who has more than that is not shown in full. */
const TURNS_AT_MOST = 10_000;

/** One statement. @returns by the id of the person, in order; whoever was never inactive is not in it. */
export async function inactiveSpans(tx: Tx, userIds: readonly string[]): Promise<Map<string, Span[]>> {
  const spans = new Map<string, Span[]>();
  if (userIds.length === 0) return spans;
  const turns = await tx.rows<{ id: string; position: number; active: boolean; occurred_at: Date }>(TURNS, [
    userIds,
  ]);
  for (const { id, position, active, occurred_at: at } of turns) {
    const own = spans.get(id) ?? [];
    const last = own.at(-1);
    if (last && last.to === null) {
      if (active) Object.assign(last, { to: position, until: at.toISOString() });
    } else if (!active) {
      own.push({ from: position, to: null, since: at.toISOString(), until: null });
      spans.set(id, own);
    }
  }
  return spans;
}

const TURNS = `
  select e.subjects[1] as id, e.position, e.occurred_at,
         coalesce((e.data -> 'user' -> 'attributes' ->> 'active')::boolean, true) as active
    from event e
   where e.subjects[1] = any($1::text[]) and e.type in ('UserCreated', 'UserDeactivated', 'UserReactivated')
   order by e.position limit ${TURNS_AT_MOST}`;
