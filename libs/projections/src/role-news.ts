/** What has happened in the log that may give people other roles. */
import { Statement, type Tx } from '@app/runtime';

export interface RoleNews {
  directoryId: string;
  organizationId: string;
  requestId: string;
  /** Whom it is about: a person who came or went; or a group that came or went, or is known by another name, and everybody in it. */
  subject: { type: 'User' | 'Group'; id: string };
}

interface Row {
  upto: number;
  position: number | null;
  directory_id: string;
  organization_id: string;
  request_id: string;
  subject_type: 'User' | 'Group';
  subject_id: string;
}

// So that one read ends soon, however many events of other kinds there are.
const POSITIONS_AT_ONCE = 20_000;

/**
 * Only directories that have rules are read about; where none has, nothing is. One statement, and so one moment: whoever gets rules after
 * it gets a review of everybody. Nobody new is in it: they begin with the default role, and a group that they are in comes as news of its own.
 */
const NEWS = new Statement(
  'role-news',
  `with ruled as materialized (select directory_id from role_mapping_in_force),
   bound as (select least(position, $1::bigint + ${POSITIONS_AT_ONCE}) as upto from log_head),
   news as (
     select position, directory_id, organization_id, request_id,
            case when type = 'GroupChanged' then 'Group' else data -> 'member' ->> 'type' end as subject_type,
            case when type = 'GroupChanged' then subjects[1] else subjects[2] end as subject_id
       from event
      where exists (select from ruled) and position > $1 and position <= (select upto from bound)
        and type in ('MembershipChanged', 'GroupChanged') and directory_id in (select directory_id from ruled)
        and (type = 'MembershipChanged' or previous -> 'displayName' is not null or previous -> 'externalId' is not null)
      order by position limit $2
   )
   select * from bound left join news on true order by position`,
);

/** @returns the news after a position, oldest first, and the position that they reach to. */
export async function roleNews(
  tx: Tx,
  after: number,
  limit: number,
): Promise<{ news: RoleNews[]; upto: number; complete: boolean }> {
  const rows = await tx.rows<Row>(NEWS, [after, limit]);
  const found = rows.filter(({ position }) => position !== null);
  const bound = rows[0]?.upto ?? after;
  const full = found.length === limit;
  const upto = Math.max(after, full ? found.at(-1)!.position! : bound);
  const news = found.map((row) => ({
    directoryId: row.directory_id,
    organizationId: row.organization_id,
    requestId: row.request_id,
    subject: { type: row.subject_type, id: row.subject_id },
  }));
  return { news, upto, complete: !full && bound < after + POSITIONS_AT_ONCE };
}
