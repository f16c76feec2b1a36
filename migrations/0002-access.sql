-- Access: many tokens for one directory, clients that ask for short-lived ones (OAuth 2.0), and who was here when.

create table oauth_client (
  id                      text primary key,
  directory_id            text not null references directory on delete cascade,
  name                    text not null,
  authentication_methods  text[] not null,
  jwks                    jsonb, -- public keys only
  created_at              timestamptz not null,
  updated_at              timestamptz not null,
  last_used_at            timestamptz
) with (fillfactor = 80);
create index oauth_clients_of_a_directory on oauth_client (directory_id, id);

-- More than one while a secret is being replaced.
create table oauth_client_secret (
  id           text primary key,
  client_id    text not null references oauth_client on delete cascade,
  secret_hash  bytea not null,
  suffix       text not null,
  created_at   timestamptz not null,
  expires_at   timestamptz
);
create index secrets_of_an_oauth_client on oauth_client_secret (client_id);

-- Assertions that a client has shown: each is good for one token only, on whichever process. Kept until they expire.
create table oauth_spent_assertion (
  client_id   text not null references oauth_client on delete cascade,
  jti_hash    bytea not null,
  expires_at  timestamptz not null,
  primary key (client_id, jti_hash)
);
create index spent_assertions_by_end on oauth_spent_assertion (expires_at);

-- Access tokens stand beside the tokens that people made: one look-up finds either, and both end with their directory.
-- The name's default is what the release before this one made: one token with each directory.
alter table directory_token
  add column name text not null default 'First token',
  add column expires_at timestamptz,
  add column last_used_at timestamptz,
  add column oauth_client_id text references oauth_client on delete cascade, -- null: a person made it
  add constraint an_access_token_expires check (oauth_client_id is null or expires_at is not null);
alter table directory_token set (fillfactor = 80);
create index access_tokens_of_an_oauth_client on directory_token (oauth_client_id) where oauth_client_id is not null;
create index tokens_that_people_made on directory_token (directory_id, id) where oauth_client_id is null;
create index tokens_by_end on directory_token (expires_at) where expires_at is not null;

grant select, insert, update, delete on oauth_client, oauth_client_secret, oauth_spent_assertion to rollcall_app;
