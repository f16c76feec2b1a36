-- Attributes of a directory's own: SCIM schemas that it declares (RFC 7643 §3.3). As text, so that their order of keys is kept.

alter table directory add column schema_extensions json not null default '[]';

-- The instant that a text names, or null when it names none. A declaration may change while values of the earlier one are
-- still there, and one of them must not make a whole query fail.
create function instant_of(written text) returns timestamptz
  language plpgsql stable strict parallel safe as $$
begin
  return written::timestamptz;
exception
  when data_exception then return null;
end
$$;
