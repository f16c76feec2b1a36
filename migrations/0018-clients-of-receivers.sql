-- Receivers of Shared Signals show who they are as the clients of directories do: with secrets that are replaced, or with keys. So
-- they are rows of the same table, each for a directory or for an organization, and never for both.
alter table oauth_client
  alter column directory_id drop not null,
  add column organization_id text references organization on delete cascade,
  add column audience text, -- of a receiver: `aud` of what its streams carry; null: its id
  add constraint a_client_is_of_a_directory_or_of_an_organization check (num_nonnulls(directory_id, organization_id) = 1);
create index oauth_clients_of_an_organization on oauth_client (organization_id, id) where organization_id is not null;

insert into oauth_client
       (id, organization_id, name, audience, authentication_methods, created_at, updated_at, last_used_at)
select id, organization_id, name, audience, '{client_secret_basic,client_secret_post}', created_at, created_at, last_used_at
  from ssf_client;
insert into oauth_client_secret (id, client_id, secret_hash, suffix, created_at)
select replace(id, 'ssf_client_', 'oauth_secret_'), id, secret_hash, suffix, created_at from ssf_client;

alter table ssf_access_token
  drop constraint ssf_access_token_client_id_fkey,
  add foreign key (client_id) references oauth_client on delete cascade;
alter table ssf_stream
  drop constraint ssf_stream_client_id_fkey,
  add foreign key (client_id) references oauth_client;
drop table ssf_client;
