/** Intervals of membership as the log has them: the statement that finds beginnings along somebody's events, and the end of each. */

export interface IntervalRow {
  came: number;
  went: number | null;
}

/** An expression that the log has an index of, together with the position. */
export type Subject = 'subjects[1]' | 'subjects[2]';

/**
 * The events of `$1` behind `$2` and before `$3`, and of those at most `$4`, in their order. As a range of pairs, so that no other index
 * promises the same order: the planner would walk the whole log where it takes somebody's events to be everywhere in it.
 */
export function walkOf(subject: Subject, direction: 'asc' | 'desc'): string {
  return `
    select ${subject} as whose, position, occurred_at, directory_id, subjects, type, data from event
     where ${subject} is not null and (${subject}, position) > ($1, $2::bigint) and (${subject}, position) < ($1, $3::bigint)
     order by ${subject} ${direction}, position ${direction} limit $4`;
}

/**
 * Beginnings along such a walk, of memberships in the directory `$5` that lasted beyond `$6`, at most `$8`. `$7` is the group where the walk
 * is along a member; null: any. Ends are looked for one after the other, only until there are enough.
 */
export function intervalsAlong(subject: Subject, direction: 'asc' | 'desc'): string {
  return `
  select e.position as came, ending.position as went
    from (
      select whose, position, directory_id, subjects from (${walkOf(subject, direction)}) e
       where e.directory_id = $5 and ($7::text is null or e.subjects[1] = $7) and ${BEGINS}
    ) e
    left join lateral (${ENDING}) ending on true
   where ending.position is null or ending.position > $6
   order by e.whose ${direction}, e.position ${direction} limit $8`;
}

/** The same of several members at once (`$1`), in the directory `$2`, that lasted beyond `$3` and began by `$4`; at most `$5`. */
export const intervalsOfMembers = (): string => `
  select e.position as came, ending.position as went
    from (
      select position, directory_id, subjects from event e
       where e.directory_id = $2 and e.subjects[2] = any($1::text[]) and ${BEGINS} and e.position <= $4
       order by e.position offset 0
    ) e
    left join lateral (${ENDING}) ending on true
   where ending.position is null or ending.position > $3
   order by e.position limit $5`;

// Of somebody concealed it is no access: it begins when it is told again, with their return.
const BEGINS = `
  (e.type = 'MembershipRestated' or (e.type = 'MembershipChanged' and e.data ->> 'change' = 'added'))
  and coalesce((e.data -> 'member' -> 'user' ->> 'concealed')::boolean, false) = false`;

// Whatever ends it comes first by an index: their removal, their own end, that of the group, whose last event it is, and that of the
// directory. A member has fewer events than a group, and `offset 0` keeps the planner from those of the group. Old logs do not say of each member that a group was deleted.
const ENDING = `
  select position from (
    (select position from (
       select position, type, subjects, data from event
        where subjects[2] = e.subjects[2] and position > e.position order by position offset 0
     ) of_member
      where subjects[1] = e.subjects[1] and type = 'MembershipChanged' and data ->> 'change' = 'removed'
      order by position limit 1)
    union all
    (select position from event
      where subjects[1] = e.subjects[2] and position > e.position
        and (type in ('UserDeleted', 'GroupDeleted')
             or (type = 'UserDeactivated' and (data -> 'user' ->> 'concealed')::boolean))
      order by position limit 1)
    union all
    (select position from (
       select position, type from event where subjects[1] = e.subjects[1] order by position desc limit 1
     ) last where type = 'GroupDeleted' and position > e.position)
    union all
    (select position from event
      where subjects[1] = e.directory_id and type = 'DirectoryDeleted' and position > e.position limit 1)
  ) endings order by position limit 1`;
