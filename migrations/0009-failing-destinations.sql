-- How a destination fails: a breaker with a rolling window, since when, what people were told of it, and why it was stopped.

alter table delivery_state
  -- The last attempts that count: a one, then a bit for each, 1 for a failure; see libs/delivery/src/recent-outcomes.ts.
  add column recent_outcomes        integer not null default 1,
  add column failing_since          timestamptz, -- the first failure since the last success
  add column breaker_opened_at      timestamptz, -- it is open since
  add column failed_probes          integer not null default 0, -- since it opened
  add column failing_announced_at   timestamptz, -- people were told that it fails or was stopped, and not yet that it is well
  add column backlog_announced_at   timestamptz;
-- What the release before this one called open.
update delivery_state
   set failing_since = now(), breaker_opened_at = now(), failed_probes = consecutive_failures - 10
 where consecutive_failures >= 10;

-- An event may be tried for so long since its first attempt. Null: it waits behind another and was never tried.
alter table parked_delivery add column first_attempt_at timestamptz;
update parked_delivery set first_attempt_at = parked_at where attempts > 0;

alter table destination
  add column disabled_reason  text check (disabled_reason in ('failing', 'gone', 'receiver_asked', 'manual')),
  add column disabled_at      timestamptz; -- or paused
update destination set disabled_reason = 'manual', disabled_at = updated_at where state <> 'enabled';
