-- How consumers see the people of a directory: its attribute mapping, and which roles groups give.

alter table directory
  add column attribute_rules json not null default '[]', -- text inside: rules and enum maps keep their order
  add column default_role text, -- of somebody new: by the directory's role mapping, or its organization's; null: none
  add column rules_version bigint not null default 0;

-- The same number where the writers of the directory look anyway: who decides by older rules sees it there.
alter table directory_head add column rules_version bigint not null default 0;

create table role_mapping (
  id               text primary key, -- the directory's or the organization's
  directory_id     text unique references directory on delete cascade,
  organization_id  text unique references organization on delete cascade,
  rules            jsonb not null,
  default_role     text,
  updated_at       timestamptz not null,
  constraint either_of_a_directory_or_of_an_organization check (num_nonnulls(directory_id, organization_id) = 1)
);

-- By which mapping a directory goes: its own, or else its organization's.
create view role_mapping_in_force as
  select d.id as directory_id,
         case when own.id is not null then own.rules else inherited.rules end as rules,
         case when own.id is not null then own.default_role else inherited.default_role end as default_role
    from directory d
    left join role_mapping own on own.directory_id = d.id
    left join role_mapping inherited on own.id is null and inherited.organization_id = d.organization_id
   where own.id is not null or inherited.id is not null;

-- What is still to be looked at after rules have changed, or a group inside others: people by the order of their ids.
create table review (
  directory_id  text not null references directory on delete cascade,
  kind          text not null check (kind in ('attributes', 'roles')),
  group_id      text not null default '', -- only who is in it, however deep; empty: everybody
  request_id    text not null, -- of the change that made it necessary
  after_id      text not null default '', -- everybody up to here has been looked at
  done          bigint not null default 0,
  total         bigint not null, -- as it was at the beginning
  created_at    timestamptz not null,
  primary key (directory_id, kind, group_id)
);

-- Who has a role. People without roles are not in it.
create index people_by_role on scim_user using gin (roles) where roles is not null;

grant select, insert, update, delete on role_mapping, review to rollcall_app;
grant select on role_mapping_in_force to rollcall_app;
