-- The application's own tables. Those of the client (rollcall_cursor, rollcall_inbox) stand beside them, in the same database.

create table if not exists users (
  id              text primary key,            -- directory_user_…
  directory_id    text not null,
  organization_id text not null,
  email           text,
  name            text,
  role            text,                        -- what the role mapping makes of their groups; null: none
  active          boolean not null,
  -- Which event of the directory this row is as of, and of which one the person's sessions were ended last. A revocation may
  -- overtake the event: until that is here, the row is out of date.
  sequence         bigint not null,
  revoked_sequence bigint not null default 0
);
create index if not exists users_email on users (lower(email));
create index if not exists users_directory on users (directory_id);

create table if not exists teams (
  id           text primary key,               -- directory_group_…
  directory_id text not null,
  name         text not null
);

-- Who has left keeps a row, so that an event that comes late does not bring them back.
create table if not exists team_members (
  team_id   text not null,
  user_id   text not null,
  is_member boolean not null,
  sequence  bigint not null,
  primary key (team_id, user_id)
);

create table if not exists sessions (
  id         text primary key,
  user_id    text not null references users,
  created_at timestamptz not null default now()
);
create index if not exists sessions_user on sessions (user_id);

-- What the application did, for its people to see. Nothing here keeps an event from standing in it twice.
create table if not exists activity (
  place    bigserial primary key,
  event_id text not null,
  event    text not null,
  at       timestamptz not null default now()
);
