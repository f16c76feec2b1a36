-- What existed at any place in the log, so that a page of the past is as cheap as one of the present. All of it is made from the
-- log behind the writers' backs, and can be emptied and made again at any time by the CLI's verb `history`.

-- An epoch begins with what existed at its position, a snapshot; whatever came and went after it, and before the next epoch, is in its
-- rows too. Its directory begins the next one when as much has changed as there was, so that all rows together are at most
-- about three for each coming and going in the log.
create table history_epoch (
  id            bigint generated always as identity primary key,
  directory_id  text not null,
  position      bigint not null,
  things        bigint not null, -- rows that it began with
  changes       bigint not null, -- comings and goings since
  ended_at      bigint, -- the position at which the directory was deleted
  -- Who existed is copied from the epoch before in slices. Nobody reads it meanwhile, and the log is not followed further.
  copied_from   bigint, -- null: it is complete
  copied_to     text[] collate "C" -- the last that was copied: its kind and id, then group and member
);
create unique index epoch_begins_once on history_epoch (directory_id, position);
create index epochs_that_are_not_complete on history_epoch (id) where copied_from is not null;

-- A person or a group whom consumers know: from the position at which they came up to the one at which they went, exclusive.
create table history_thing (
  epoch  bigint not null,
  kind   "char" not null check (kind in ('u', 'g')),
  id     text collate "C" not null,
  came   bigint not null,
  went   bigint,
  primary key (epoch, kind, id, came)
) with (fillfactor = 90);

create table history_membership (
  epoch      bigint not null,
  group_id   text collate "C" not null,
  member_id  text collate "C" not null,
  came       bigint not null,
  went       bigint,
  primary key (epoch, group_id, member_id, came)
) with (fillfactor = 90);
create index history_of_a_member on history_membership (epoch, member_id, group_id);

grant select, insert, update, delete on history_epoch, history_thing, history_membership to rollcall_app;
