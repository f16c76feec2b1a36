-- What consumers know of people and groups, beside what SCIM shows. All of it comes from the log, and can be rebuilt from it.

alter table scim_user
  add column told_at timestamptz, -- the last_modified that consumers know; null: they know the last one
  add column custom json, -- made by the directory's attribute mapping; json, not jsonb: what is published keeps its order of keys
  add column roles text[], -- the foremost first; null: none
  add column origin text check (origin in ('jit')); -- null: an identity provider

alter table scim_group add column told_at timestamptz;
