/** How long a retired key is needed: while something that happened in its time may still be signed. */

/**
 * A token says in whole seconds when the thing happened, so the last ones of a key are told of by things that happened within the
 * second in which it retired.
 */
const SAME_SECOND = `k.retired_at + interval '1 second'`;

/** From before the first attempt until the last one. A destination that is gone needs nothing. */
const HAS_OPEN_RECEIPT = `exists (
  select from revocation_receipt r
   where r.state = 'requested' and r.occurred_at < ${SAME_SECOND}
     and exists (select from destination d where d.id = r.destination_id))`;

// A pushed destination that is idle was told everything, up to where its router has read; its cursor says so only when something
// comes. Nobody marks what waits for one that is stopped, or that is polled: there the cursor alone counts.
const TOLD = `case when s.cursor >= s.work_to and d.state = 'enabled'
                    and d.settings #>> '{delivery,method}' is distinct from 'urn:ietf:rfc:8936'
                   then greatest(s.cursor, (select c.position from checkpoint c where c.name = 'router-now'))
                   else s.cursor end`;

// Two index look-ups for each destination, whatever waits there: positions follow time, but for requests of different directories
// that were under way at once. Hence the minute, which costs nothing.
const OLDEST_UNTOLD = `least(
  case when d.organization_id is null
       then (select e.occurred_at from event e where e.position > told.position order by e.position limit 1)
       else (select e.occurred_at from event e
              where e.organization_id = d.organization_id and e.position > told.position order by e.position limit 1) end,
  (select e.occurred_at from event e
    where e.position = (select min(p.position) from parked_delivery p
                         where p.destination_id = d.id and p.state in ('waiting', 'behind'))))`;

/**
 * Not all that is told of has a receipt: somebody is back, a person's attributes changed, a stream is verified. Whoever signs with
 * the algorithm of the key and has not been told yet what happened in its time needs it as well.
 */
const HAS_UNTOLD_EVENT = `exists (
  select from destination d
    join delivery_state s on s.destination_id = d.id
    cross join lateral (select ${TOLD} as position) as told
   where d.settings ->> 'signing_algorithm' = k.algorithm and ${OLDEST_UNTOLD} < k.retired_at + interval '1 minute')`;

/** The condition that the retired key `k` may be asked for by `sign(…, { at })`. The costlier question comes last. */
export const IS_NEEDED = `(${HAS_OPEN_RECEIPT} or ${HAS_UNTOLD_EVENT})`;
