-- Whether somebody may sign in: looked up by the names that an application knows people by, also of those who were deleted.

alter table directory add column just_in_time boolean not null default false; -- whoever signs in and is unknown is made

-- The addresses of a person as the log has them, in lower case.
create function addresses_of(person json) returns text[]
  language sql immutable parallel safe
  return (
    select coalesce(array_agg(lower(mail ->> 'value')), '{}')
      from json_array_elements(
             case json_typeof(person #> '{attributes,emails}') when 'array' then person #> '{attributes,emails}' else '[]' end
           ) as mail
     where json_typeof(mail) = 'object' and json_typeof(mail -> 'value') = 'string'
  );

-- Deletions only: nothing else that is written pays for them.
create index deleted_people_by_user_name on event (directory_id, lower(data #>> '{user,attributes,userName}'))
  where type = 'UserDeleted';
create index deleted_people_by_external_id on event (directory_id, (data #>> '{user,attributes,externalId}'))
  where type = 'UserDeleted';
create index deleted_people_by_address on event using gin (addresses_of(data -> 'user')) where type = 'UserDeleted';
