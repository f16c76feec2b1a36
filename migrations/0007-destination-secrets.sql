-- Secrets of destinations as rows, so that one can take another's place without a pause, and who may see them.

create table destination_secret (
  id              text primary key,
  destination_id  text not null references destination on delete cascade,
  -- The order of their making. Clocks of two hubs may differ, and a receiver that knows one secret only is signed for
  -- with the oldest live one.
  ordinal         bigint generated always as identity,
  kind            text not null check (kind in ('hmac', 'ed25519')),
  value_sealed    text not null,
  public_jwk      jsonb, -- RFC 8037
  created_at      timestamptz not null,
  expires_at      timestamptz,
  constraint a_key_pair_has_a_public_half check ((kind = 'ed25519') = (public_jwk is not null))
);
create index secrets_of_a_destination on destination_secret (destination_id, ordinal);
-- The one that signs from now on; those before it have an end.
create unique index one_secret_of_a_kind_has_no_end on destination_secret (destination_id, kind) where expires_at is null;

-- A webhook endpoint's id ends with 26 characters of time and chance, and so does its first secret's.
insert into destination_secret (id, destination_id, kind, value_sealed, created_at)
select 'secret_' || right(id, 26), id, 'hmac', secret_sealed, created_at
  from destination where secret_sealed is not null;

-- Gone, and not only unused: a program of the release before this one fails loudly instead of making endpoints whose
-- secret nobody would look for here.
alter table destination drop column secret_sealed;

alter table api_key add column permissions text[] not null default '{}';
-- Made by the first start, for the person who started it. ROLLCALL_API_KEY gets its permissions whenever a hub starts.
update api_key set permissions = '{secrets:reveal}' where name = 'first';

grant select, insert, update, delete on destination_secret to rollcall_app;
