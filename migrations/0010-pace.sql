-- How fast each destination may be told.

alter table delivery_state
  -- What its rate has been used up to (see libs/delivery/src/pace.ts). Carried from slice to slice, from worker to worker.
  add column paced_until  timestamptz,
  -- Events up to here are sent at the catch-up rate: the destination was away, or asked for them again. Null: it has caught up.
  add column catch_up_to  bigint;

-- Deliveries that failed in one request are tried again in one request: the position of its first event.
alter table parked_delivery add column batch bigint;
create index deliveries_that_failed_together on parked_delivery (destination_id, batch) where batch is not null;
