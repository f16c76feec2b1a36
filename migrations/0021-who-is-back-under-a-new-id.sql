-- Who was deleted and comes again gets another id; an application that knows people by name must not log them out late. What
-- is read are the few that came to a directory since somebody left it. `libs/delivery/src/namesakes.ts`
create index people_who_came_to_a_directory on event (directory_id, position) where type in ('UserCreated', 'UserReactivated');
