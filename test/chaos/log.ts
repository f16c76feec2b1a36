/** What the database says when a run is over: the log, and what is left to do. */
import { ROUTER_CHECKPOINTS } from '@app/delivery';
import { aboutOf, type EndedWithout, type LoggedEvent, type PublishedName } from './recording.js';
import type { ChaosDatabase } from './server.js';

/** The published names of what writers do, written down once more so that the oracle does not ask the accused. */
const PUBLISHED: Readonly<Record<string, PublishedName>> = {
  UserCreated: 'dsync.user.created',
  UserProfileChanged: 'dsync.user.updated',
  UserDeactivated: 'dsync.user.updated',
  UserReactivated: 'dsync.user.updated',
  UserDeleted: 'dsync.user.deleted',
  GroupCreated: 'dsync.group.created',
  GroupChanged: 'dsync.group.updated',
  GroupDeleted: 'dsync.group.deleted',
};

type Row = Omit<LoggedEvent, 'id' | 'position' | 'sequence' | 'occurredAt' | 'publishedAs'> & {
  position: string;
  sequence: string;
  occurredAt: Date;
};

/** What befell destinations is in the log, too, in directories of their own; no writer asked for it. */
const LOG = `
  select position, directory_id as "directoryId", organization_id as "organizationId", sequence, type, subjects,
         request_id as "requestId", occurred_at as "occurredAt",
         case type when 'UserCreated' then data #>> '{user,attributes,userName}'
                   when 'UserProfileChanged' then data #>> '{user,attributes,title}'
                   when 'GroupCreated' then data #>> '{group,attributes,displayName}'
                   when 'GroupChanged' then data #>> '{group,attributes,displayName}'
                   when 'MembershipChanged'
                     then case when data ->> 'because' = 'group_deleted' then 'ended' else data ->> 'change' end end as mark
    from event where position > $1 and type not like 'Destination%' and type <> 'DeliverySkipped' order by position`;

/** @param ids of events, by `directory_…/sequence`. */
export async function readLog(
  database: ChaosDatabase,
  after: number,
  ids: ReadonlyMap<string, string>,
): Promise<LoggedEvent[]> {
  const rows = await database.rows<Row>(LOG, [after]);
  return rows.map((row) => {
    const sequence = Number(row.sequence);
    const about = aboutOf({ directoryId: row.directoryId, sequence });
    return {
      ...row,
      id: ids.get(about) ?? `the event ${about}, which the API does not show`,
      position: Number(row.position),
      sequence,
      occurredAt: row.occurredAt.getTime(),
      publishedAs: publishedAs(row),
    };
  });
}

function publishedAs({ type, mark }: Pick<Row, 'type' | 'mark'>): PublishedName | undefined {
  if (type !== 'MembershipChanged') return PUBLISHED[type];
  // Nobody is told of each of those who were in a group that is deleted.
  if (mark === 'ended') return undefined;
  return mark === 'added' ? 'dsync.group.user_added' : 'dsync.group.user_removed';
}

export async function readEndedWithout(database: ChaosDatabase): Promise<EndedWithout[]> {
  const rows = await database.rows<{ destinationId: string; position: string; state: string }>(
    `select destination_id as "destinationId", position, state from parked_delivery order by 1, 2`,
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

export interface Unfinished {
  routerBehind: number;
  /** Destinations that have something to do. What is polled has not: it is done when its receiver has come for it. */
  busy: string[];
  /** Deliveries that failed and will be tried again, or wait behind such. */
  parked: number;
}

const UNFINISHED = `
  select (select max(h.position - coalesce(c.position, 0))
            from unnest($1::text[]) as n(name) cross join log_head h left join checkpoint c using (name)) as "routerBehind",
         (select coalesce(array_agg(s.destination_id), '{}') from delivery_state s join destination d on d.id = s.destination_id
           where (s.work_to is null or s.cursor < s.work_to)
             and d.settings #>> '{delivery,method}' is distinct from 'urn:ietf:rfc:8936') as busy,
         (select count(*) from parked_delivery where state in ('waiting', 'behind')) as parked`;

export async function readUnfinished(database: ChaosDatabase): Promise<Unfinished> {
  const [row] = await database.rows<{ routerBehind: string; busy: string[]; parked: string }>(UNFINISHED, [
    Object.values(ROUTER_CHECKPOINTS),
  ]);
  return { busy: row!.busy, routerBehind: Number(row!.routerBehind), parked: Number(row!.parked) };
}

/**
 * Time passes: what would be due within hours, or days, is due now, and who rests has rested. When something is tried is all
 * that this changes; what is tried, in which order and how it ends, is the engine's to say.
 */
export async function letTimePass(database: ChaosDatabase): Promise<void> {
  await database.rows(`update parked_delivery set due_at = now() where state = 'waiting' and due_at > now()`);
  await database.rows(`update delivery_state set resting_until = now() where resting_until > now()`);
}
