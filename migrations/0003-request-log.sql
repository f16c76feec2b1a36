-- What identity providers asked and what they were answered, kept for some days.

-- A day is a partition, so that forgetting it is a drop. An id is `req_` and a ULID, which begins with the time: a range
-- of ids is a range of time, so a look-up by id touches one partition, and a page by id the few that it shows.
create table scim_request (
  id                        text collate "C" primary key,
  received_at               timestamptz not null,
  directory_id              text not null, -- no foreign key: what a deleted directory asked stays readable
  organization_id           text not null,
  token_id                  text,
  method                    text not null,
  path                      text not null, -- with the query
  user_agent                text,
  body                      text, -- redacted; JSON unless it was cut
  body_cut                  boolean not null,
  body_bytes                bigint, -- as it was sent; null where nobody counted
  dialect                   text not null,
  quirks                    text[] not null,
  ignored                   text[] not null,
  unknown_members           text[] not null,
  outcome                   text not null check (outcome in ('succeeded', 'refused', 'limited', 'failed')),
  status                    smallint not null,
  scim_type                 text,
  detail                    text,
  duration_in_milliseconds  double precision not null,
  events                    jsonb not null -- runs of positions: [{"first", "last", "occurredAt"}]
) partition by range (id);
create index scim_requests_of_a_directory on scim_request (directory_id, id);
create index scim_requests_of_an_organization on scim_request (organization_id, id);
-- What people look for at night is rare among what went well.
create index scim_requests_that_did_not_succeed on scim_request (id) where outcome <> 'succeeded';

-- For a day whose partition was not made in time, and for hubs whose clock is wrong.
create table scim_request_elsewhere partition of scim_request default;

-- The smallest id of a day (UTC): `req_`, the time in ten digits of Crockford's base 32, sixteen zeros.
create function scim_request_floor(day date) returns text
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
declare
  rest    bigint := (day - date '1970-01-01')::bigint * 86400000;
  digits  text := '';
begin
  for place in 1 .. 10 loop
    digits := substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (rest & 31)::integer + 1, 1) || digits;
    rest := rest >> 5;
  end loop;
  return 'req_' || digits || repeat('0', 16);
end
$$;

-- The programs own nothing, so these two do with their owner's rights what programs need, and nothing else. Who waits
-- for a lock longer than two seconds gives up: everybody behind would wait too, and the next call will do.

-- Makes the partition of a day and moves into it what came before it was there. Harmless when it is there already.
create function prepare_scim_request_day(day date) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  partition constant text := 'scim_request_' || to_char(day, 'YYYYMMDD');
begin
  if day is null or day < date '2020-01-01' or day > (now() at time zone 'UTC')::date + 31 then
    raise exception 'a day from 2020-01-01 to a month ahead can be prepared, not %', day
      using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass(format('public.%I', partition)) is not null then
    return false;
  end if;
  -- One caller at a time, and no writer: one that had chosen its partition before would find that it is another by now.
  lock table public.scim_request in share row exclusive mode;
  if to_regclass(format('public.%I', partition)) is not null then
    return false;
  end if;
  execute format('create table public.%I (like public.scim_request including constraints)', partition);
  lock table public.scim_request_elsewhere in access exclusive mode;
  execute format(
    'with moved as (delete from public.scim_request_elsewhere where id >= %L and id < %L returning *)
     insert into public.%I select * from moved',
    public.scim_request_floor(day), public.scim_request_floor(day + 1), partition);
  execute format(
    'alter table public.scim_request attach partition public.%I for values from (%L) to (%L)',
    partition, public.scim_request_floor(day), public.scim_request_floor(day + 1));
  return true;
end
$$;

-- Forgets what was asked before a day. Tomorrow is the latest: it forgets all there is. Answers how many days went.
create function forget_scim_requests_before(day date) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
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
     where i.inhparent = 'public.scim_request'::regclass
       and c.relname ~ '^scim_request_[0-9]{8}$'
       and right(c.relname, 8) < to_char(day, 'YYYYMMDD')
     order by c.relname
  loop
    -- Everybody takes the parent first, so that nobody waits in a circle.
    lock table public.scim_request in access exclusive mode;
    execute format('drop table if exists public.%I', partition);
    dropped := dropped + 1;
  end loop;
  delete from public.scim_request_elsewhere where id < public.scim_request_floor(day);
  return dropped;
end
$$;

grant select, insert on scim_request to rollcall_app;
revoke all on function scim_request_floor(date), prepare_scim_request_day(date), forget_scim_requests_before(date) from public;
grant execute on function prepare_scim_request_day(date), forget_scim_requests_before(date) to rollcall_app;
