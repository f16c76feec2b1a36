-- Organizations as their applications know them: with domains, keys of the application's own API, contacts, and links into the portal.

alter table organization
  add column allow_profiles_outside_organization boolean not null default false,
  add column external_id text,
  add column stripe_customer_id text,
  add column metadata json not null default '{}'; -- json, not jsonb: it is told and shown in the order it was given
create unique index external_id_of_an_organization_is_unique on organization (external_id);
create unique index stripe_customer_of_an_organization_is_unique on organization (stripe_customer_id);

create table organization_domain (
  id               text primary key,
  organization_id  text not null references organization on delete cascade,
  domain           text not null, -- small letters, punycode, no dot at the end
  state            text not null check (state in ('pending', 'verified', 'failed')),
  strategy         text not null check (strategy in ('dns', 'manual')),
  token            text not null,
  -- Of one that is pending: when DNS is asked next, how often it was asked, and when it is asked for the last time.
  next_check_at    timestamptz,
  checks           integer not null default 0,
  give_up_at       timestamptz,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  constraint only_a_pending_domain_is_checked
    check ((state = 'pending') = (next_check_at is not null) and (state = 'pending') = (give_up_at is not null))
);
create unique index domain_is_once_in_an_organization on organization_domain (organization_id, domain);
create unique index domain_is_verified_by_one_organization on organization_domain (domain) where state = 'verified';
create index organizations_with_a_domain on organization_domain (domain, organization_id);
create index domains_that_are_due on organization_domain (next_check_at) where state = 'pending';

-- A table of its own, so that no customer's key can ever open Rollcall itself.
create table customer_key (
  id               text primary key,
  organization_id  text not null references organization on delete cascade,
  name             text not null,
  key_hash         bytea not null,
  suffix           text not null,
  permissions      text[] not null,
  expires_at       timestamptz,
  last_used_at     timestamptz,
  created_at       timestamptz not null,
  updated_at       timestamptz not null
);
create unique index customer_key_is_known_by_its_hash on customer_key (key_hash);
create index keys_of_an_organization on customer_key (organization_id, id);

create table it_contact (
  id               text primary key,
  organization_id  text not null references organization on delete cascade,
  email            text not null,
  created_at       timestamptz not null,
  updated_at       timestamptz not null
);
create unique index it_contact_is_once_in_an_organization on it_contact (organization_id, lower(email));

-- A link is good for one start within minutes, and the session that it starts for as long as a person needs.
create table portal_link (
  id               text primary key,
  organization_id  text not null references organization on delete cascade,
  intent           text not null,
  token_hash       bytea not null,
  return_url       text,
  success_url      text,
  emails           text[] not null, -- whom it is meant for; nobody is written to
  created_at       timestamptz not null,
  expires_at       timestamptz not null,
  session_hash     bytea, -- null: not started
  session_ends_at  timestamptz
);
create unique index portal_link_is_known_by_its_token on portal_link (token_hash);
create unique index portal_session_is_known_by_its_cookie on portal_link (session_hash);
create index portal_links_of_an_organization on portal_link (organization_id);
create index portal_links_by_end on portal_link (coalesce(session_ends_at, expires_at));

-- What was answered to a POST with an Idempotency-Key. Answers hold secrets, so they are sealed.
create table idempotent_request (
  api_key_id     text not null references api_key on delete cascade,
  route          text not null,
  key            text not null,
  request_hash   bytea not null, -- of its path and its body
  claim          uuid not null, -- whose turn it is: a hub that was given up on cannot answer any more
  claimed_until  timestamptz not null,
  status         smallint, -- null: not answered yet
  body_sealed    text,
  expires_at     timestamptz not null,
  primary key (api_key_id, route, key)
);
create index idempotent_requests_by_end on idempotent_request (expires_at);

-- Who may see every secret is the operator, and only the operator makes keys.
update api_key set permissions = permissions || '{api_keys:manage}' where 'secrets:reveal' = any (permissions);

grant select, insert, update, delete on
  organization_domain, customer_key, it_contact, portal_link, idempotent_request
to rollcall_app;
