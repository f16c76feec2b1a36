-- The ground: who uses Rollcall, the log, the views that SCIM shows, and the state of outgoing errands.

-- The role the programs work as. It owns nothing; what it may do is granted at the end of this file.
do $$
begin
  if not exists (select from pg_roles where rolname = 'rollcall_app') then
    create role rollcall_app nologin;
  end if;
exception
  when duplicate_object or unique_violation then null; -- another database of this cluster was migrated at the same moment
end
$$;
do $$
begin
  if current_user <> 'rollcall_app' and not pg_has_role(current_user, 'rollcall_app', 'member') then
    execute format('grant rollcall_app to %I', current_user);
  end if;
end
$$;

-- People edit these rows. --------------------------------------------------------------------------------------

create table organization (
  id          text primary key,
  name        text not null,
  created_at  timestamptz not null,
  updated_at  timestamptz not null
);

create table directory (
  id               text primary key,
  organization_id  text not null references organization,
  name             text not null,
  type             text not null,
  state            text not null check (state in ('linked', 'unlinked', 'deleting')),
  external_key     text not null,
  created_at       timestamptz not null,
  updated_at       timestamptz not null
);
create index directories_of_an_organization on directory (organization_id);

create table directory_token (
  id            text primary key,
  directory_id  text not null references directory on delete cascade,
  token_hash    bytea not null,
  suffix        text not null,
  created_at    timestamptz not null
);
create unique index directory_token_is_known_by_its_hash on directory_token (token_hash);
create index tokens_of_a_directory on directory_token (directory_id);

create table api_key (
  id          text primary key,
  name        text not null,
  key_hash    bytea not null,
  suffix      text not null,
  created_at  timestamptz not null
);
create unique index api_key_is_known_by_its_hash on api_key (key_hash);

create table signing_key (
  id              text primary key,
  algorithm       text not null,
  public_jwk      jsonb not null,
  private_sealed  text not null,
  created_at      timestamptz not null,
  retired_at      timestamptz
);
-- Two processes that start on an empty database make one key between them.
create unique index one_signing_key_is_in_use_per_algorithm on signing_key (algorithm) where retired_at is null;

create table destination (
  id               text primary key,
  organization_id  text references organization on delete cascade, -- null: events of every organization
  protocol         text not null,
  settings         jsonb not null,
  secret_sealed    text,
  event_types      text[] not null,
  state            text not null check (state in ('enabled', 'paused', 'disabled')),
  created_at       timestamptz not null,
  updated_at       timestamptz not null
);
create index destinations_of_an_organization on destination (organization_id);

-- The log. -----------------------------------------------------------------------------------------------------

-- Its last number. A writer takes this row as the last act of its transaction, so commit order is position order
-- and positions have no gaps. The salt makes event ids of this log unlike those of any other.
create table log_head (
  only_row  boolean primary key default true check (only_row),
  position  bigint not null,
  salt      bytea not null
) with (fillfactor = 50);
insert into log_head (position, salt)
values (0, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

create table event (
  position         bigint primary key,
  directory_id     text not null,
  organization_id  text not null,
  sequence         bigint not null,
  type             text not null,
  subjects         text[] not null,
  data             json not null, -- text inside, not jsonb: what is published must keep its order of keys
  previous         json,
  request_id       text not null,
  occurred_at      timestamptz not null,
  digest           bytea not null
);
create unique index sequence_is_unique_in_a_directory on event (directory_id, sequence);
create index events_of_an_organization on event (organization_id, position);

-- Each directory's own last number and the end of its hash chain; written under the directory's lock.
create table directory_head (
  directory_id  text primary key,
  sequence      bigint not null,
  digest        bytea not null,
  closed        boolean not null -- the directory was deleted: nothing may follow
) with (fillfactor = 50);

-- How far a follower of the log has read.
create table checkpoint (
  name      text primary key,
  position  bigint not null
) with (fillfactor = 50);

-- The resources as SCIM shows them; all of it can be rebuilt from the log. --------------------------------------

create table scim_user (
  directory_id   text not null,
  id             text not null,
  user_name_key  text not null,
  external_id    text,
  email_keys     text[] not null,
  attributes     jsonb not null,
  version        bigint not null,
  created_at     timestamptz not null,
  last_modified  timestamptz not null,
  primary key (directory_id, id)
) with (fillfactor = 80);
create unique index user_name_is_unique_in_a_directory on scim_user (directory_id, user_name_key);
create unique index external_id_of_a_user_is_unique_in_a_directory on scim_user (directory_id, external_id);
create index users_by_email on scim_user using gin (email_keys);

create table scim_group (
  directory_id      text not null,
  id                text not null,
  display_name_key  text not null,
  external_id       text,
  attributes        jsonb not null,
  version           bigint not null,
  created_at        timestamptz not null,
  last_modified     timestamptz not null,
  primary key (directory_id, id)
) with (fillfactor = 80);
create index groups_by_display_name on scim_group (directory_id, display_name_key);
create index groups_by_external_id on scim_group (directory_id, external_id);

create table membership (
  directory_id  text not null,
  group_id      text not null,
  member_id     text not null,
  member_type   text not null check (member_type in ('User', 'Group')),
  primary key (group_id, member_id)
);
create index memberships_of_a_member on membership (member_id, group_id);

-- Outgoing errands. --------------------------------------------------------------------------------------------

-- Where a destination stands in the log. Everything up to the cursor is settled, parked, or was not wanted.
create table delivery_state (
  destination_id        text primary key references destination on delete cascade,
  cursor                bigint not null,
  -- The last position known to hold work: idle while the cursor has reached it. Null: nobody knows (the destination is
  -- new or was resumed), so look once. The router writes it while a pump writes the cursor, hence two numbers.
  work_to               bigint,
  lease_token           uuid,
  lease_until           timestamptz,
  consecutive_failures  integer not null default 0,
  resting_until         timestamptz, -- the breaker is open, or the receiver asked for a pause
  last_delivered        bigint
) with (fillfactor = 50);

-- Only failures become rows. A row that is `behind` has no due time: it waits for an earlier one that shares a subject.
create table parked_delivery (
  destination_id  text not null references destination on delete cascade,
  position        bigint not null,
  subjects        text[] not null,
  state           text not null check (state in ('waiting', 'behind', 'given-up', 'superseded')),
  attempts        integer not null,
  due_at          timestamptz,
  last_outcome    jsonb,
  parked_at       timestamptz not null,
  primary key (destination_id, position),
  constraint only_a_waiting_delivery_is_due check ((state = 'waiting') = (due_at is not null))
);
create index parked_deliveries_that_are_due on parked_delivery (due_at) where state = 'waiting';
create index due_deliveries_of_a_destination on parked_delivery (destination_id, due_at) where state = 'waiting';
create index unfinished_deliveries_of_a_destination on parked_delivery (destination_id, position)
  where state in ('waiting', 'behind');
create index unfinished_deliveries_by_subject on parked_delivery using gin (subjects) where state in ('waiting', 'behind');

create table delivery_attempt (
  destination_id            text not null,
  position                  bigint not null,
  attempt                   integer not null,
  probe                     boolean not null, -- made to see whether a resting endpoint is back; costs no back-off
  started_at                timestamptz not null,
  duration_in_milliseconds  integer not null,
  outcome                   text not null,
  status                    integer,
  error                     text,
  answer                    text
);
create index attempts_of_a_destination on delivery_attempt (destination_id, position);
create index attempts_by_time on delivery_attempt (started_at);

-- What the programs may do. -------------------------------------------------------------------------------------

grant usage on schema public to rollcall_app;
grant select on all tables in schema public to rollcall_app;
grant insert, update, delete on
  organization, directory, directory_token, api_key, signing_key, destination,
  directory_head, checkpoint, scim_user, scim_group, membership,
  delivery_state, parked_delivery, delivery_attempt
to rollcall_app;
grant update (position) on log_head to rollcall_app;
-- Append-only is a grant, not a promise.
grant insert on event to rollcall_app;
