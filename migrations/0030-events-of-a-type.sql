-- Who asks for events of some types, by `events` or by `cause`, reads those and not the whole log.

create index events_of_a_type on event (type, position);
