/**
 * How fast a directory is streamed, beside a bare read of the same rows in the same run, how long its digest takes, and how far
 * the hub's resident memory goes up meanwhile (Linux):
 *
 *   npm run bench:snapshot -- --people 100000
 */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { ownHub } from './own-hub.mjs';

const { values } = parseArgs({ options: { people: { type: 'string', default: '100000' } } });
const PEOPLE = Number(values.people);
const ROUNDS = 3;
const ROWS_AT_ONCE = 200;
/** A body of a million people is longer than a text may be. */
const LINES_IN_A_PART = 10_000;
const LOOKED_AT_EVERY_IN_MILLISECONDS = 20;

const hub = await ownHub({ worker: false });
const rows = new pg.Client(hub.databaseUrl);
await rows.connect();
try {
  const [, directory] = /\/(directory_[^/]+)$/.exec(hub.url) ?? [];
  await fill(directory);
  const { host, key } = hub.asked;
  const measured = { 'bare read': [], snapshot: [], 'snapshot, gzip': [], digest: [], comparison: [] };
  // Nobody's first answer: by then code is compiled and connections are there.
  const held = await heldBody(`/directories/${directory}/snapshot`);
  for (let round = 0; round < ROUNDS; round += 1) {
    measured['bare read'].push(await cost(() => bareRead(directory)));
    measured.snapshot.push(await cost(() => taken(`/directories/${directory}/snapshot`, 'identity')));
    measured['snapshot, gzip'].push(await cost(() => taken(`/directories/${directory}/snapshot`, 'gzip')));
    measured.digest.push(await cost(() => taken(`/directories/${directory}/digest`, 'identity')));
    measured.comparison.push(await cost(() => compared(`/directories/${directory}/compare`, held)));
  }
  const fastest = (all) => Math.min(...all.map(({ seconds }) => seconds));
  const bare = fastest(measured['bare read']);
  console.table(
    Object.entries(measured).map(([what, all]) => {
      const best = fastest(all);
      return {
        what,
        seconds: round(best),
        'rows per second': Math.round((2 * PEOPLE) / best),
        'of the bare read': round(bare / best),
        'hub, MiB at most': Math.round(Math.max(...all.map(({ most }) => most))),
        'MiB more at most': Math.round(Math.max(...all.map(({ before, most }) => most - before))),
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
    const parts = [];
    let [lines, last] = [[], ''];
    for await (const line of createInterface({ input: Readable.fromWeb(answer.body) })) {
      last = line;
      if (/^{"object":"snapshot/.test(line)) continue;
      lines.push(heldLine(line));
      if (lines.length < LINES_IN_A_PART) continue;
      parts.push(Buffer.from(`${lines.join('\n')}\n`));
      lines = [];
    }
    const { object, users } = JSON.parse(last);
    if (object !== 'snapshot_end' || users.count !== PEOPLE) throw new Error(`no whole snapshot: ${last}`);
    return [...parts, Buffer.from(lines.join('\n'))];
  }

  async function compared(path, parts) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' };
    const body = Readable.toWeb(Readable.from(parts));
    const answer = await fetch(host + path, { method: 'POST', headers, body, duplex: 'half' });
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

/** How long something takes, and the hub's resident memory before and, at most, meanwhile. */
async function cost(work) {
  const before = await memory();
  let most = before;
  const looking = setInterval(
    async () => (most = Math.max(most, await memory())),
    LOOKED_AT_EVERY_IN_MILLISECONDS,
  );
  const start = performance.now();
  await work().finally(() => clearInterval(looking));
  return { seconds: (performance.now() - start) / 1_000, before, most: Math.max(most, await memory()) };
}

/** In MiB; nothing where there is no such file. */
async function memory() {
  const status = await readFile(`/proc/${hub.pids.hub}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1_024;
}

function round(number) {
  return Math.round(number * 100) / 100;
}
