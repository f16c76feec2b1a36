-- Who reads the log over HTTP: tokens that may read a part of it, and consumers whose place in it is kept here.

create table feed_token (
  id               text primary key,
  name             text not null,
  token_hash       bytea not null,
  suffix           text not null,
  organization_id  text references organization on delete cascade, -- null: events of every organization
  directory_id     text, -- no reference: that the directory was deleted is the last thing that is read with it
  event_types      text[], -- null: all that directories tell
  consumers        text[] not null, -- the names of those that it may read for
  created_at       timestamptz not null,
  expires_at       timestamptz,
  last_used_at     timestamptz
);
create unique index feed_token_is_known_by_its_hash on feed_token (token_hash);
create index feed_tokens_of_an_organization on feed_token (organization_id) where organization_id is not null;

create table feed_consumer (
  name         text primary key,
  id           text not null,
  filter       jsonb not null, -- which events, as the events API words it
  position     bigint not null, -- everything up to here is acknowledged, or was not wanted
  acked_at     timestamptz,
  -- One reader has a page in hand until then; it is given back when everything up to `lease_to` is acknowledged.
  lease_token  text,
  lease_until  timestamptz,
  lease_to     bigint,
  created_at   timestamptz not null,
  constraint a_lease_is_whole check (num_nonnulls(lease_token, lease_until, lease_to) in (0, 3))
) with (fillfactor = 50);
create unique index feed_consumer_has_an_id on feed_consumer (id);

grant select, insert, update, delete on feed_token, feed_consumer to rollcall_app;
