/** How the outgoing path stands as a whole, by kind of destination and never by destination: for metrics. */
import type { Database, Reading } from '@app/runtime';
import { URGENCIES, type Protocols } from './protocol.js';
import { ROUTER_CHECKPOINTS } from './route.js';

export const DELIVERY_GAUGES = [
  'rollcall_destinations',
  'rollcall_delivery_lag_events',
  'rollcall_delivery_lag_seconds',
  'rollcall_delivery_parked_lag_seconds',
  'rollcall_parked_deliveries',
  'rollcall_router_lag_events',
] as const;

const TIMEOUT_IN_MILLISECONDS = 3_000;

interface Row {
  protocol: string;
  destinations: Record<string, number>;
  lag_events: number;
  lag_seconds: number;
  parked_lag_seconds: number;
  parked: Record<string, number>;
  /** In the order of the urgencies. */
  router_lags: number[];
}

/** One statement, with a limit on its time. @throws when the database is away or slow. */
export async function readDeliveryGauges(
  database: Database,
  protocols: Protocols,
  now: Date,
): Promise<Reading[]> {
  const rows = await database.transaction(async (tx) => {
    await tx.rows(`set local statement_timeout = ${TIMEOUT_IN_MILLISECONDS}`);
    return tx.rows<Row>(GAUGES, [
      [...protocols.keys()],
      now,
      URGENCIES.map((urgency) => ROUTER_CHECKPOINTS[urgency]),
    ]);
  });
  const routers = URGENCIES.map((urgency, place): Reading => {
    const value = Number(rows[0]?.router_lags[place] ?? 0);
    return { name: 'rollcall_router_lag_events', labels: { urgency }, value };
  });
  return [...routers, ...rows.flatMap((row) => readingsOf(row, protocols))];
}

function readingsOf(row: Row, protocols: Protocols): Reading[] {
  const { protocol } = row;
  const labels = { protocol, urgency: protocols.get(protocol)?.urgency ?? 'soon' };
  return [
    { name: 'rollcall_delivery_lag_events', labels, value: Number(row.lag_events) },
    { name: 'rollcall_delivery_lag_seconds', labels, value: Number(row.lag_seconds) },
    { name: 'rollcall_delivery_parked_lag_seconds', labels, value: Number(row.parked_lag_seconds) },
    ...Object.entries(row.destinations).map(([key, value]): Reading => {
      const [state = '', breaker = ''] = key.split(' ');
      return { name: 'rollcall_destinations', labels: { protocol, state, breaker }, value };
    }),
    ...['waiting', 'behind', 'given-up', 'superseded'].map((state): Reading => {
      return {
        name: 'rollcall_parked_deliveries',
        labels: { protocol, state },
        value: row.parked[state] ?? 0,
      };
    }),
  ];
}

// The first event that a lagging destination may hear of is one look into an index; so is that of the oldest parked one.
const GAUGES = `
  with standing as (
    select d.protocol, d.state,
           case when s.resting_until > $2 then 'resting' when s.breaker_opened_at is not null then 'half-open'
                else 'closed' end as breaker,
           case when d.state = 'enabled' and not coalesce(s.cursor >= s.work_to, false) then s.cursor end as behind_from,
           d.organization_id
      from destination d join delivery_state s on s.destination_id = d.id
     where d.protocol = any($1)
  ), lag as (
    select protocol, max(h.position - behind_from) as events,
           extract(epoch from $2 - min((
             select e.occurred_at from event e
              where e.position > behind_from
                and (standing.organization_id is null or e.organization_id = standing.organization_id)
              order by e.position limit 1))) as seconds
      from standing cross join log_head h where behind_from is not null group by protocol
  ), counted as (
    select protocol, jsonb_object_agg(state || ' ' || breaker, n) as destinations
      from (select protocol, state, breaker, count(*) as n from standing group by 1, 2, 3) as grouped group by protocol
  ), parked as (
    select d.protocol, p.state, count(*) as n,
           min(p.position) filter (where p.state in ('waiting', 'behind') and d.state = 'enabled') as oldest
      from parked_delivery p join destination d on d.id = p.destination_id
     where d.protocol = any($1) group by 1, 2
  ), parked_counted as (
    select protocol, jsonb_object_agg(state, n) as parked,
           extract(epoch from $2 - (select e.occurred_at from event e where e.position = min(oldest))) as seconds
      from parked group by protocol
  )
  select p.protocol, coalesce(c.destinations, '{}') as destinations,
         coalesce(l.events, 0) as lag_events, greatest(coalesce(l.seconds, 0), 0)::float8 as lag_seconds,
         coalesce(k.parked, '{}') as parked, greatest(coalesce(k.seconds, 0), 0)::float8 as parked_lag_seconds,
         (select array_agg(h.position - coalesce(c.position, 0) order by n.place)
            from unnest($3::text[]) with ordinality as n(name, place) cross join log_head h
            left join checkpoint c using (name)) as router_lags
    from unnest($1::text[]) as p(protocol)
    left join counted c using (protocol) left join lag l using (protocol) left join parked_counted k using (protocol)`;
