-- For each thing that should end somebody's sessions at an application: when it was asked for, and what came of it. Evidence, so
-- it has no foreign keys and outlives the destination, and attempts that are forgotten after some days.
create table revocation_receipt (
  position         bigint not null, -- of the event that is the cause
  destination_id   text not null,
  organization_id  text not null,
  directory_id     text not null,
  person_id        text not null,
  event_type       text not null,
  occurred_at      timestamptz not null, -- when the identity provider said so
  protocol         text not null,
  endpoint         text not null, -- as it was when it was asked for
  requested_at     timestamptz not null,
  state            text not null default 'requested'
                   check (state in ('requested', 'acknowledged', 'failed', 'superseded')),
  attempts         integer not null default 0,
  first_attempt_at timestamptz,
  last_attempt_at  timestamptz,
  acknowledged_at  timestamptz, -- when the answer was read
  status           integer, -- of the last answer
  jti              text, -- of the token that was sent last
  reason           text, -- why it failed, or needs no answer any more
  alarmed_at       timestamptz, -- when others were told that it takes too long
  primary key (position, destination_id)
) with (fillfactor = 80);
create index revocation_receipts_of_a_person on revocation_receipt (person_id, position);
create index revocation_receipts_of_an_organization on revocation_receipt (organization_id, position);
create index revocation_receipts_of_a_destination on revocation_receipt (destination_id, position);
create index revocation_receipts_outstanding on revocation_receipt (requested_at) where state = 'requested';

grant select, insert, update on revocation_receipt to rollcall_app;
