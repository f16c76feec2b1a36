-- What a directory does with people who leave, and groups inside groups found as fast as the groups themselves.

alter table directory
  add column delete_policy text not null default 'delete' check (delete_policy in ('delete', 'deactivate')),
  add column purge_after_days integer check (purge_after_days > 0), -- null: never
  add column deactivations_published_as text not null default 'updated'
    check (deactivations_published_as in ('updated', 'deleted')),
  add constraint only_who_is_kept_is_purged_later check (delete_policy = 'deactivate' or purge_after_days is null);

alter table scim_user
  add column purge_after timestamptz, -- an inactive person who is to be deleted then
  add column concealed boolean not null default false; -- consumers do not know of this person
create index users_to_be_purged on scim_user (purge_after, id) where purge_after is not null;

-- Small where groups are flat: looking whether a group is inside another one then costs next to nothing.
create index groups_inside_groups on membership (member_id, group_id) where member_type = 'Group';
create index groups_inside_a_group on membership (group_id, member_id) where member_type = 'Group';
