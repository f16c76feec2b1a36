/** The two tables of the PostgreSQL store. */

export interface Tables {
  cursor: string;
  inbox: string;
}

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;

/** @param prefix with a schema if need be: `app.rollcall_`. */
export function tablesOf(prefix: string): Tables {
  if (!NAME.test(prefix))
    throw new TypeError(`the prefix of tables must be like rollcall_ or app.rollcall_, not '${prefix}'`);
  return { cursor: `${prefix}cursor`, inbox: `${prefix}inbox` };
}

/** For your migrations; harmless where the tables are there already. */
export function postgresTables(prefix = 'rollcall_'): string {
  const { cursor, inbox } = tablesOf(prefix);
  const plain = inbox.split('.').at(-1)!;
  return `
create table if not exists ${cursor} (
  consumer      text primary key,
  cursor        text,
  started_after text,
  holder        text,
  held_until    timestamptz
);

-- What was handled (for a week, unless told otherwise), and what webhooks spoke of that was not.
create table if not exists ${inbox} (
  consumer     text not null,
  directory_id text not null,
  sequence     bigint not null,
  event_id     text,
  handled_at   timestamptz,
  tries        integer not null default 0,
  given_up     boolean not null default false,
  is_floor     boolean not null default false,
  primary key (consumer, directory_id, sequence)
);
create index if not exists ${plain}_awaited on ${inbox} (consumer, directory_id, sequence)
  where handled_at is null and not given_up;
create index if not exists ${plain}_age on ${inbox} (consumer, handled_at) where handled_at is not null;
create index if not exists ${plain}_floor on ${inbox} (consumer, directory_id) where is_floor;
`;
}
