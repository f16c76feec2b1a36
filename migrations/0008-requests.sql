-- With what requests to a destination are made: headers, tokens and certificates of its own.

-- Sealed as a whole, as JSON; see libs/delivery/src/request/settings.ts. Null: nothing of its own.
alter table destination add column request_sealed text;
