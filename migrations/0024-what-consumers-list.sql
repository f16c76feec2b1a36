-- Lists of people and groups as consumers read them: by id, which is the order of their making, within one directory and across all of them.
-- Whoever is concealed is not in the indexes, so that a page is as short a read where thousands have left as where nobody has.

-- Made of the attributes by the database itself: a hub of the release before writes it too.
alter table scim_user
  add column active boolean not null generated always as (coalesce((attributes -> 'active') <> 'false'::jsonb, true)) stored;

create index known_people_of_a_directory on scim_user (directory_id, id) where not concealed;
create index inactive_people_of_a_directory on scim_user (directory_id) where not active and not concealed;
-- By another collation than those of one directory, in which these ids have the same order: so that nobody reads along all people for those of
-- one directory, who may be anywhere among them.
create index known_people on scim_user (id collate "C") where not concealed;
create index groups_by_id on scim_group (id collate "C");
