-- A signing key is published before it signs, and stays published after it has signed. The keys of one algorithm follow each
-- other: each retires at the moment from which the next one signs.
alter table signing_key
  alter column private_sealed drop not null, -- null: destroyed, because the key was withdrawn or nothing needs it any more
  add column signs_from       timestamptz not null default now(),
  add column published_until  timestamptz, -- at least, once it is retired; longer while a revocation may still be signed with it
  add column created_by       text,        -- an API key's id; null: Rollcall made it itself
  add column withdrawn_at     timestamptz, -- its private half became known, or may have
  add column withdrawn_by     text;        -- an API key's id
update signing_key set signs_from = created_at, published_until = retired_at + interval '1 day';

-- What must still be told of the time of a retired key.
create index revocation_receipts_outstanding_by_event on revocation_receipt (occurred_at) where state = 'requested';
