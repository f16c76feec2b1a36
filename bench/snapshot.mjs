/**
 * How fast a directory is streamed, beside a bare read of the same rows in the same run, and how long its digest takes:
 *
 *   npm run bench:snapshot -- --people 100000
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { ownHub } from './own-hub.mjs';

const { values } = parseArgs({ options: { people: { type: 'string', default: '100000' } } });
const PEOPLE = Number(values.people);
const ROUNDS = 3;
const ROWS_AT_ONCE = 200;

const hub = await ownHub({ worker: false });
const rows = new pg.Client(hub.databaseUrl);
await rows.connect();
try {
  const [, directory] = /\/(directory_[^/]+)$/.exec(hub.url) ?? [];
  await fill(directory);
  const { host, key } = hub.asked;
  const measured = { 'bare read': [], snapshot: [], 'snapshot, gzip': [], digest: [], comparison: [] };
  let held = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    measured['bare read'].push(await seconds(() => bareRead(directory)));
    measured.snapshot.push(await seconds(() => taken(`/directories/${directory}/snapshot`, 'identity')));
    measured['snapshot, gzip'].push(await seconds(() => taken(`/directories/${directory}/snapshot`, 'gzip')));
    measured.digest.push(await seconds(() => taken(`/directories/${directory}/digest`, 'identity')));
    held ||= await heldBody(`/directories/${directory}/snapshot`);
    measured.comparison.push(await seconds(() => compared(`/directories/${directory}/compare`, held)));
  }
  const bare = Math.min(...measured['bare read']);
  console.table(
    Object.entries(measured).map(([what, all]) => {
      const best = Math.min(...all);
      return {
        what,
        seconds: round(best),
        'rows per second': Math.round((2 * PEOPLE) / best),
        'of the bare read': round(bare / best),
      };
    }),
  );

  async function taken(path, encoding) {
    const answer = await fetch(host + path, {
      headers: { authorization: `Bearer ${key}`, 'accept-encoding': encoding },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    let bytes = 0;
    for await (const chunk of answer.body) bytes += chunk.length;
    return bytes;
  }

  async function heldBody(path) {
    const answer = await fetch(host + path, { headers: { authorization: `Bearer ${key}` } });
    const lines = (await answer.text()).trimEnd().split('\n').slice(1, -1);
    return lines.map(heldLine).join('\n');
  }

  async function compared(path, body) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
    const answer = await fetch(host + path, { method: 'POST', headers, body });
    const last = (await answer.text()).trimEnd().split('\n').at(-1);
    if (!JSON.parse(last).equal) throw new Error(`what is held is not what there is: ${last}`);
  }
} finally {
  await rows.end();
  await hub.stop();
}

/** The same rows by a cursor, each made into JSON text, and nothing else: no HTTP, no published form, no digest. */
async function bareRead(directory) {
  await rows.query('begin isolation level repeatable read');
  await rows.query('set local cursor_tuple_fraction = 1');
  let bytes = 0;
  for (const [table, more] of [
    ['scim_user', 'and not concealed'],
    ['membership', ''],
  ]) {
    await rows.query(
      `declare c no scroll cursor for select * from ${table} where directory_id = $1 ${more}`,
      [directory],
    );
    for (;;) {
      const { rows: found } = await rows.query(`fetch ${ROWS_AT_ONCE} from c`);
      for (const row of found) bytes += JSON.stringify(row).length;
      if (found.length < ROWS_AT_ONCE) break;
    }
    await rows.query('close c');
  }
  await rows.query('rollback');
  return bytes;
}

/** Of a line only what a comparison takes. */
function heldLine(line) {
  const { object, id, updated_at } = JSON.parse(line);
  return id === undefined ? line : JSON.stringify({ object, id, updated_at });
}

async function fill(directory) {
  await rows.query(
    `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at, last_modified)
     select $1, 'directory_user_' || lpad(n::text, 26, '0'), 'p' || n, '{}',
            jsonb_build_object('userName', 'person-' || n || '@example.com', 'displayName', 'Person ' || n, 'active', true,
              'name', jsonb_build_object('givenName', 'Person', 'familyName', n::text), 'title', 'Engineer',
              'emails', jsonb_build_array(jsonb_build_object('value', 'person-' || n || '@example.com', 'primary', true)),
              'externalId', 'e-' || n), 1, now(), now()
       from generate_series(1, $2::integer) as n`,
    [directory, PEOPLE],
  );
  await rows.query(
    `insert into scim_group (directory_id, id, display_name_key, attributes, version, created_at, last_modified)
     select $1, 'directory_group_' || lpad(n::text, 26, '0'), 'g' || n, jsonb_build_object('displayName', 'G' || n), 1, now(), now()
       from generate_series(0, 99) as n`,
    [directory],
  );
  await rows.query(
    `insert into membership
     select $1, 'directory_group_' || lpad((n % 100)::text, 26, '0'), 'directory_user_' || lpad(n::text, 26, '0'), 'User'
       from generate_series(1, $2::integer) as n`,
    [directory, PEOPLE],
  );
  await rows.query('analyze scim_user, scim_group, membership');
}

async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

function round(number) {
  return Math.round(number * 100) / 100;
}
