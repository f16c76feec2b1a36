-- Every attempt at a delivery, kept for some days and found by destination, event, person or time.

-- A day is a partition, as with the request log (0003), so that forgetting it is a drop. An id is a ULID, kept as a uuid: 16
-- bytes that begin with the time in milliseconds, so a range of ids is a range of time. It is written in the statement
-- that settles a batch of deliveries, hence few indexes, each of which grows at its end or at the end of one destination.
alter table delivery_attempt rename to delivery_attempt_before_days;

create table delivery_attempt (
  id                        uuid primary key,
  destination_id            text not null, -- no foreign key: what a deleted destination was told stays readable
  organization_id           text, -- of the event; null, as the next three, for what was about no event of the log
  directory_id              text,
  position                  bigint,
  occurred_at               timestamptz, -- of the event, whose public id is made of position and time
  attempt                   integer not null,
  kind                      text not null, -- delivery, probe, replay, test, …
  batch_size                integer not null, -- events in the same request
  started_at                timestamptz not null,
  duration_in_milliseconds  integer not null,
  outcome                   text not null,
  status                    integer,
  error                     text,
  answer                    text, -- first bytes, without credentials
  worker                    text not null
) partition by range (id);
create index delivery_attempts_of_a_destination on delivery_attempt (destination_id, id);
create index delivery_attempts_of_an_organization on delivery_attempt (organization_id, id);
create index delivery_attempts_at_an_event on delivery_attempt (position);
-- What people look for at night is rare among what went well.
create index delivery_attempts_to_look_at on delivery_attempt (id) where outcome <> 'delivered' or status >= 300;
create index delivery_attempts_of_a_destination_to_look_at on delivery_attempt (destination_id, id)
  where outcome <> 'delivered' or status >= 300;

-- For a day whose partition was not made in time, and for workers whose clock is wrong.
create table delivery_attempt_elsewhere partition of delivery_attempt default;

-- The smallest id of a time: its milliseconds in six bytes, and ten bytes of zero.
create function delivery_attempt_floor(since timestamptz) returns uuid
language sql immutable strict parallel safe
return rpad(lpad(to_hex(floor(extract(epoch from since) * 1000)::bigint), 12, '0'), 32, '0')::uuid;

-- The programs own nothing, so these two do with their owner's rights what programs need, and nothing else. Whoever waits
-- for a lock longer than half a second gives up, since every settlement waits behind them; the next call will do.

-- Makes the partition of a day (UTC) and moves into it what came before it was there. Harmless when it is there already.
create function prepare_delivery_attempt_day(day date) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' as $$
declare
  partition constant text := 'delivery_attempt_' || to_char(day, 'YYYYMMDD');
  first constant uuid := public.delivery_attempt_floor(day::timestamp at time zone 'UTC');
  next constant uuid := public.delivery_attempt_floor((day + 1)::timestamp at time zone 'UTC');
begin
  if day is null or day < date '2020-01-01' or day > (now() at time zone 'UTC')::date + 31 then
    raise exception 'a day from 2020-01-01 to a month ahead can be prepared, not %', day
      using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass(format('public.%I', partition)) is not null then
    return false;
  end if;
  -- One caller at a time, and no writer: one that had chosen its partition before would find that it is another by now.
  lock table public.delivery_attempt in share row exclusive mode;
  if to_regclass(format('public.%I', partition)) is not null then
    return false;
  end if;
  execute format('create table public.%I (like public.delivery_attempt including constraints)', partition);
  lock table public.delivery_attempt_elsewhere in access exclusive mode;
  execute format(
    'with moved as (delete from public.delivery_attempt_elsewhere where id >= %L and id < %L returning *)
     insert into public.%I select * from moved', first, next, partition);
  execute format(
    'alter table public.delivery_attempt attach partition public.%I for values from (%L) to (%L)', partition, first, next);
  return true;
end
$$;

-- Forgets what was attempted before a day. Tomorrow is the latest: it forgets all there is. Answers how many days went.
create function forget_delivery_attempts_before(day date) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '500ms' as $$
declare
  partition  text;
  dropped    integer := 0;
begin
  if day is null or day < date '2020-01-01' or day > (now() at time zone 'UTC')::date + 1 then
    raise exception 'what came before a day from 2020-01-01 to tomorrow can be forgotten, not before %', day
      using errcode = 'invalid_parameter_value';
  end if;
  for partition in
    select c.relname
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'public.delivery_attempt'::regclass
       and c.relname ~ '^delivery_attempt_[0-9]{8}$'
       and right(c.relname, 8) < to_char(day, 'YYYYMMDD')
     order by c.relname
  loop
    -- Everybody takes the parent first, so that nobody waits in a circle.
    lock table public.delivery_attempt in access exclusive mode;
    execute format('drop table if exists public.%I', partition);
    dropped := dropped + 1;
  end loop;
  delete from public.delivery_attempt_elsewhere
   where id < public.delivery_attempt_floor(day::timestamp at time zone 'UTC');
  return dropped;
end
$$;

-- When a destination last took something: its `last_delivered` is a position, and says nothing about when.
alter table delivery_state add column last_delivered_at timestamptz;
update delivery_state s
   set last_delivered_at = (select max(a.started_at) from delivery_attempt_before_days a
                             where a.destination_id = s.destination_id and a.outcome = 'delivered');

-- What was attempted before this release.
select count(prepare_delivery_attempt_day(day)) from (
  select distinct (started_at at time zone 'UTC')::date as day from delivery_attempt_before_days
) as days
 where day between date '2020-01-01' and (now() at time zone 'UTC')::date + 31;
insert into delivery_attempt (id, destination_id, organization_id, directory_id, position, occurred_at, attempt, kind, batch_size,
                              started_at, duration_in_milliseconds, outcome, status, error, answer, worker)
select (left(delivery_attempt_floor(a.started_at)::text, 13) || right(gen_random_uuid()::text, 23))::uuid,
       a.destination_id, e.organization_id, e.directory_id, a.position, e.occurred_at, a.attempt,
       case when a.probe then 'probe' else 'delivery' end, 1, a.started_at, a.duration_in_milliseconds, a.outcome, a.status,
       a.error, a.answer, 'unknown'
  from delivery_attempt_before_days a left join event e on e.position = a.position;
drop table delivery_attempt_before_days;

-- What a person decided about a failed delivery: {"action": "retry" or "give_up", "by", "at", "reason"}.
alter table parked_delivery add column decision jsonb;
create index parked_deliveries_that_are_over on parked_delivery (destination_id, position)
  where state in ('given-up', 'superseded');

grant select, insert on delivery_attempt to rollcall_app;
revoke all on function prepare_delivery_attempt_day(date), forget_delivery_attempts_before(date) from public;
grant execute on function prepare_delivery_attempt_day(date), forget_delivery_attempts_before(date) to rollcall_app;
