/** The beginning of an epoch: who exists is copied from the one before, some thousand rows in each transaction. */
import { Statement, type Tx } from '@app/runtime';

interface Copying {
  id: number;
  copied_from: number;
  copied_to: string[] | null;
}

/** Whether an epoch was begun whose copy is not complete. */
export async function hasIncomplete(tx: Tx): Promise<boolean> {
  return (await next(tx)) !== undefined;
}

/** Copies the next rows of an epoch that is not complete, first its things and then its memberships. */
export async function copySlice(tx: Tx, rowsAtMost: number): Promise<void> {
  const copying = await next(tx);
  if (!copying) return;
  const { id, copied_from: from, copied_to: last } = copying;
  const inThings = last?.[0] !== MEMBERSHIPS;
  const [, one = '', two = ''] = last ?? [];
  const [done] = await tx.rows<{ count: number; one: string | null; two: string | null }>(
    inThings ? COPY_THINGS : COPY_MEMBERSHIPS,
    [id, from, one, two, rowsAtMost],
  );
  const { count, one: lastOne, two: lastTwo } = done!;
  const isFull = count === rowsAtMost;
  const reached = isFull ? [inThings ? THINGS : MEMBERSHIPS, lastOne, lastTwo] : [MEMBERSHIPS, '', ''];
  await tx.rows(MOVE, [id, count, reached, !inThings && !isFull]);
}

const THINGS = 'things';
const MEMBERSHIPS = 'memberships';

async function next(tx: Tx): Promise<Copying | undefined> {
  const [copying] = await tx.rows<Copying>(NEXT);
  return copying;
}

const NEXT = new Statement(
  'history-copying',
  'select id, copied_from, copied_to from history_epoch where copied_from is not null order by id limit 1',
);

const MOVE = new Statement(
  'history-copied',
  `update history_epoch
      set things = things + $2::bigint, copied_to = case when $4::boolean then null else $3::text[] end,
          copied_from = case when $4::boolean then null else copied_from end
    where id = $1`,
);

// The epoch before is not written to meanwhile, so that who has not gone in it is whoever exists at the position of this one.
const COPY_THINGS = new Statement(
  'history-copy-things',
  `with chosen as materialized (
     select kind, id, came from history_thing
      where epoch = $2 and went is null and (kind, id) > ($3::text::"char", $4::text)
      order by kind, id limit $5
   ), copied as (
     insert into history_thing (epoch, kind, id, came) select $1, kind, id, came from chosen
   )
   select count(*) as count, (array_agg(kind::text order by kind desc, id desc))[1] as one,
          (array_agg(id order by kind desc, id desc))[1] as two from chosen`,
);
const COPY_MEMBERSHIPS = new Statement(
  'history-copy-memberships',
  `with chosen as materialized (
     select group_id, member_id, came from history_membership
      where epoch = $2 and went is null and (group_id, member_id) > ($3, $4)
      order by group_id, member_id limit $5
   ), copied as (
     insert into history_membership (epoch, group_id, member_id, came) select $1, group_id, member_id, came from chosen
   )
   select count(*) as count, (array_agg(group_id order by group_id desc, member_id desc))[1] as one,
          (array_agg(member_id order by group_id desc, member_id desc))[1] as two from chosen`,
);
