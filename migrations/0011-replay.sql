-- Telling a destination again what it was told, or how everything is; and trying out whether it hears us.

create table replay (
  id              text primary key,
  destination_id  text not null references destination on delete cascade,
  kind            text not null check (kind in ('replay', 'snapshot')),
  selection       jsonb not null, -- as it was asked for; see libs/delivery/src/replay/selection.ts
  from_position   bigint not null, -- exclusive
  to_position     bigint not null, -- fixed when it was made; of a snapshot the place in the log that it shows
  cursor          bigint not null, -- everything up to here is sent, parked, or was not selected
  state           text not null check (state in ('running', 'stopped', 'done')),
  max_per_second  integer check (max_per_second > 0), -- null: the destination's own rate for catching up
  next_send_at    timestamptz, -- earlier would be faster than that
  total           bigint, -- null: too many to be counted while somebody waited
  sent            bigint not null default 0,
  failed          bigint not null default 0, -- parked; the retries see to them
  skipped         bigint not null default 0, -- parked already when their turn came
  created_at      timestamptz not null,
  finished_at     timestamptz
) with (fillfactor = 50);
create unique index one_replay_at_a_time_runs on replay (destination_id) where state = 'running';
create index replays_of_a_destination on replay (destination_id, id);

-- As `delivery_chain` is for what is told as it happens.
create table replay_chain (
  replay_id     text not null references replay on delete cascade,
  directory_id  text not null,
  sequence      bigint not null,
  primary key (replay_id, directory_id)
) with (fillfactor = 50);

-- What failed in a replay is tried again as a part of it, and what failed in a snapshot as it was then.
alter table parked_delivery
  add column replay_id text,
  add column snapshot_at bigint;

-- Tests that somebody asked for. A worker makes the one request and writes here what came of it.
create table delivery_test (
  id                        text primary key,
  destination_id            text not null references destination on delete cascade,
  event_type                text not null,
  state                     text not null check (state in ('waiting', 'done')),
  claimed_until             timestamptz, -- a worker is at it
  created_at                timestamptz not null,
  started_at                timestamptz,
  finished_at               timestamptz,
  duration_in_milliseconds  integer,
  outcome                   text,
  status                    integer,
  error                     text,
  answer                    text
) with (fillfactor = 50);
create unique index one_test_at_a_time_waits on delivery_test (destination_id) where state = 'waiting';
create index tests_of_a_destination on delivery_test (destination_id, id);
create index tests_that_wait on delivery_test (created_at) where state = 'waiting';

grant select, insert, update, delete on replay, replay_chain, delivery_test to rollcall_app;
