-- Receivers of Shared Signals (OpenID SSF 1.0): applications that manage the streams of their organization's events themselves.
create table ssf_client (
  id               text primary key,
  organization_id  text not null references organization on delete cascade,
  name             text not null,
  audience         text, -- `aud` of what its streams carry; null: its id
  secret_hash      bytea not null,
  suffix           text not null,
  created_at       timestamptz not null,
  last_used_at     timestamptz
);
create index ssf_clients_of_an_organization on ssf_client (organization_id, id);

-- A table of its own, so that no token of a receiver can ever open a directory.
create table ssf_access_token (
  token_hash  bytea primary key,
  client_id   text not null references ssf_client on delete cascade,
  scopes      text[] not null,
  expires_at  timestamptz not null
);
create index ssf_access_tokens_of_a_client on ssf_access_token (client_id);
create index ssf_access_tokens_by_end on ssf_access_token (expires_at);

-- What a stream has beyond the destination that it is. One that an operator made has no client, and maybe no row.
create table ssf_stream (
  destination_id  text primary key references destination on delete cascade,
  client_id       text references ssf_client,
  status_reason   text, -- in the words of whoever changed the status last
  verified_at     timestamptz -- when a verification was asked for last
);
create index ssf_streams_of_a_client on ssf_stream (client_id) where client_id is not null;

-- Polled tokens (RFC 8936) that the receiver has answered for, ahead of the first one that it has not.
create table ssf_answered (
  destination_id  text not null references delivery_state on delete cascade,
  position        bigint not null, -- of the event that the token tells of
  jti             text not null,
  error           text, -- null: acknowledged
  answered_at     timestamptz not null,
  primary key (destination_id, position, jti)
);

grant select, insert, update, delete on ssf_client, ssf_access_token, ssf_stream, ssf_answered to rollcall_app;
