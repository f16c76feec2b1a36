/**
 * Whom to look at again, kept in the database until everybody has been looked at: whoever is stopped in the middle goes on where they
 * were. One row for each change that concerns many.
 */
import { Statement, type Tx } from '@app/runtime';

export type ReviewKind = 'attributes' | 'roles';

export interface ReviewWish {
  kind: ReviewKind;
  /** Only the people in it, however deep; everybody of the directory where it is absent. */
  groupId?: string;
  requestId: string;
  now: Date;
}

/** A plan that somebody works at. */
export interface ReviewInHand {
  directoryId: string;
  organizationId: string;
  kind: ReviewKind;
  /** Empty: everybody. */
  groupId: string;
  requestId: string;
  /** Everybody up to this id has been looked at. */
  afterId: string;
}

/** The groups inside a group, itself among them. */
const INSIDE = `recursive inside(id) as (
    select $1::text
    union
    select inner_group.member_id from inside cross join lateral (
      select member_id from membership where group_id = inside.id and member_type = 'Group' offset 0) as inner_group
  )`;

const PLAN = new Statement(
  'plan-review',
  `with ${INSIDE}
   insert into review (directory_id, kind, group_id, request_id, total, created_at)
   select d.id, $3, $1, $4,
          case when $1 = '' then (select count(*) from scim_user where directory_id = d.id)
               else (select count(distinct m.member_id) from inside join membership m on m.group_id = inside.id
                      where m.member_type = 'User') end, $5
     from directory d where d.id = any($2::text[])
   on conflict (directory_id, kind, group_id) do update
     set after_id = '', done = 0, total = excluded.total, request_id = excluded.request_id, created_at = excluded.created_at`,
);

/**
 * Begins anew where the same was planned before. Waits for whoever is at such a plan right now, who may need the lock of the directory:
 * take that lock afterwards, never before.
 */
export async function planReview(tx: Tx, directoryIds: string[], wish: ReviewWish): Promise<void> {
  if (directoryIds.length === 0) return;
  const { kind, groupId = '', requestId, now } = wish;
  await tx.rows(PLAN, [groupId, [...directoryIds].sort(), kind, requestId, now]);
}

const TAKE = new Statement(
  'take-review',
  `select r.directory_id as "directoryId", d.organization_id as "organizationId", r.kind, r.group_id as "groupId",
          r.request_id as "requestId", r.after_id as "afterId"
     from review r join directory d on d.id = r.directory_id
    order by r.done, r.created_at limit 1 for update of r skip locked`,
);

/** Takes a plan for the rest of the transaction; the one with the least done comes first, so that a long one delays nobody for long. */
export async function takeReview(tx: Tx): Promise<ReviewInHand | undefined> {
  return (await tx.rows<ReviewInHand>(TAKE))[0];
}

const EVERYBODY = new Statement(
  'review-everybody',
  'select id from scim_user where directory_id = $1 and id > $2 order by id limit $3',
);
const IN_A_GROUP = new Statement(
  'review-in-a-group',
  `with ${INSIDE}
   select distinct m.member_id as id from inside cross join lateral (
     select member_id from membership where group_id = inside.id and member_type = 'User' and member_id > $2
      order by member_id limit $3) as m
    order by 1 limit $3`,
);

/** The next ones, by the order of their ids. Who comes later than the plan is there by the rules that are in force already. */
export async function nextToReview(tx: Tx, review: ReviewInHand, limit: number): Promise<string[]> {
  const { directoryId, groupId, afterId } = review;
  const rows = await tx.rows<{ id: string }>(groupId === '' ? EVERYBODY : IN_A_GROUP, [
    groupId === '' ? directoryId : groupId,
    afterId,
    limit,
  ]);
  return rows.map(({ id }) => id);
}

/** @param people those who have been looked at, in the order in which they were named. */
export async function advanceReview(tx: Tx, review: ReviewInHand, people: string[]): Promise<void> {
  await tx.rows(
    `update review set after_id = $4, done = done + $5 where directory_id = $1 and kind = $2 and group_id = $3`,
    [review.directoryId, review.kind, review.groupId, people.at(-1) ?? review.afterId, people.length],
  );
}

export async function endReview(tx: Tx, { directoryId, kind, groupId }: ReviewInHand): Promise<void> {
  await tx.rows('delete from review where directory_id = $1 and kind = $2 and group_id = $3', [
    directoryId,
    kind,
    groupId,
  ]);
}

/** What is still to be done everywhere, by kind; a kind of which nothing is planned is not in it. */
export function reviewBacklog(tx: Tx): Promise<{ kind: ReviewKind; people: number; plannedAt: Date }[]> {
  return tx.rows(
    `select kind, sum(greatest(total - done, 0))::bigint as people, min(created_at) as "plannedAt" from review group by kind`,
  );
}

export interface ReviewProgress {
  done: number;
  total: number;
}

/** Of everything of a kind that is still to be done in a directory, or in all of them; null: nothing is. */
export async function reviewProgress(
  tx: Tx,
  directoryIds: string[],
  kind: ReviewKind,
): Promise<ReviewProgress | null> {
  const [row] = await tx.rows<ReviewProgress & { plans: number }>(
    `select count(*) as plans, coalesce(sum(done), 0)::bigint as done, coalesce(sum(greatest(total, done)), 0)::bigint as total
       from review where directory_id = any($1) and kind = $2`,
    [directoryIds, kind],
  );
  return row && row.plans > 0 ? { done: row.done, total: row.total } : null;
}
