-- Snapshots, digests and comparisons leave out whom consumers do not know of, and their memberships. Those people are few.
create index people_whom_consumers_do_not_know on scim_user (directory_id, id) where concealed;
