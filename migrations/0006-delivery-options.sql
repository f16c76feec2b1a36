-- What each destination wants to hear, and in which manner.

alter table destination
  add column filter    jsonb not null default '{}', -- which events, beyond their types; see libs/delivery/src/filter.ts
  add column delivery  jsonb not null default '{}'; -- order, retries, caps; see libs/delivery/src/options.ts

-- The last event of each directory that a destination has behind its cursor and wanted: each delivery names the one
-- before it, so that a receiver can prove that there was no hole.
create table delivery_chain (
  destination_id  text not null references destination on delete cascade,
  directory_id    text not null,
  position        bigint not null,
  sequence        bigint not null,
  primary key (destination_id, directory_id)
) with (fillfactor = 50);

-- Each attempt says the same, so what was said first is kept with the failure.
alter table parked_delivery add column previous_sequence bigint;

-- The events about one person or group, and who was in a group at some time. Only memberships have a second subject.
create index events_of_a_subject on event ((subjects[1]), position);
create index events_of_a_second_subject on event ((subjects[2]), position) where subjects[2] is not null;

grant select, insert, update, delete on delivery_chain to rollcall_app;
