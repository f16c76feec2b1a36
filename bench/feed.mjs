/** `GET /events` page after page, beside a bare `pg` read of the same rows in the same run; by pages of 100 and of 1,000. */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Client } from 'undici';
import { ownHub } from './own-hub.mjs';
import { cpuSeconds } from './processes.mjs';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '5' },
    'cpu-prof': { type: 'string' },
  },
});
const EVENTS = Number(options.events);
const ROUNDS = Number(options.rounds);
const PEOPLE = 200;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const hub = await ownHub({
  worker: false,
  ...(options['cpu-prof'] && { hubOptions: ['--cpu-prof', `--cpu-prof-dir=${options['cpu-prof']}`] }),
});
const database = new pg.Client({ connectionString: hub.databaseUrl });
await database.connect();
try {
  await seed();
  console.log(`${EVENTS} events of ${await size()} bytes on average, as they are stored`);
  const rows = [];
  for (const limit of [100, 1_000]) {
    const bare = [];
    const feed = [];
    const cpu = [];
    const bareCpu = [];
    await bareRead(limit);
    await feedRead(limit);
    for (let round = 0; round < ROUNDS; round++) {
      const own = process.cpuUsage();
      bare.push(await timed(() => bareRead(limit)));
      const { user, system } = process.cpuUsage(own);
      bareCpu.push((user + system) / EVENTS);
      const before = cpuSeconds(hub.pids.hub);
      feed.push(await timed(() => feedRead(limit)));
      cpu.push((1e6 * (cpuSeconds(hub.pids.hub) - before)) / EVENTS);
    }
    const [bareRate, feedRate] = [median(bare), median(feed)];
    rows.push({
      'events a page': limit,
      'bare pg, rows per second': Math.round(bareRate),
      'GET /events, rows per second': Math.round(feedRate),
      ratio: `${Math.round((100 * feedRate) / bareRate)} %`,
      'bare CPU µs each': Math.round(median(bareCpu)),
      'hub CPU µs each': Math.round(median(cpu)),
    });
  }
  console.table(rows);
} finally {
  await database.end();
  await hub.stop();
}

/** @returns rows per second */
async function timed(work) {
  const start = performance.now();
  await work();
  return EVENTS / ((performance.now() - start) / 1_000);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** What a program of one's own would do: the same rows and columns, JSON parsed by the driver, one connection, page by page. */
async function bareRead(limit) {
  let after = 0;
  let count = 0;
  for (;;) {
    const { rows } = await database.query({
      name: `bare-${limit}`,
      text: `select position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at
               from event where position > $1 order by position limit $2`,
      values: [after, limit],
    });
    count += rows.length;
    if (rows.length < limit) break;
    after = rows.at(-1).position;
  }
  if (count !== EVENTS) throw new Error(`the bare read found ${count} rows`);
}

/** One connection, page by page; the answer is received whole, and only its cursor is looked for. */
async function feedRead(limit) {
  const client = new Client(hub.origin, { pipelining: 1 });
  const headers = { authorization: `Bearer ${hub.apiKey}` };
  let pages = 0;
  try {
    for (let after = ''; after !== null; pages++) {
      const path = `/events?limit=${limit}${after && `&after=${after}`}`;
      const { statusCode, body } = await client.request({ method: 'GET', path, headers });
      const answer = Buffer.from(await body.arrayBuffer());
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${answer}`);
      const { after: next } = JSON.parse(
        `{${answer.subarray(answer.lastIndexOf('"list_metadata"'))}`,
      ).list_metadata;
      after = next;
    }
  } finally {
    await client.close();
  }
  if (pages !== Math.ceil(EVENTS / limit)) throw new Error(`${pages} pages were read`);
}

/** People, changes, groups and memberships as an identity provider makes them; then the same rows again and again. */
async function seed() {
  const scim = async (method, path, body) => {
    const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/scim+json' };
    const answer = await fetch(hub.url + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const people = await Promise.all(
    Array.from({ length: PEOPLE }, (_, n) =>
      scim('POST', '/Users', {
        schemas: [USER, ENTERPRISE],
        userName: `person-${n}@example.com`,
        externalId: `00u${n}abcdefgh`,
        name: { givenName: 'Person', familyName: `Number ${n}`, formatted: `Person Number ${n}` },
        displayName: `Person Number ${n}`,
        emails: [{ value: `person-${n}@example.com`, type: 'work', primary: true }],
        phoneNumbers: [{ value: `+1 555 ${n}`, type: 'work' }],
        title: 'Engineer',
        locale: 'en-US',
        timezone: 'Europe/Berlin',
        active: true,
        [ENTERPRISE]: {
          employeeNumber: String(n),
          department: 'Research',
          costCenter: '4711',
          division: 'North',
        },
      }),
    ),
  );
  const changes = (Operations) => ({ schemas: [PATCH], Operations });
  await Promise.all(
    people.map(({ id }, n) =>
      scim('PATCH', `/Users/${id}`, changes([{ op: 'replace', path: 'title', value: `Engineer ${n}` }])),
    ),
  );
  const members = people.map(({ id }) => ({ value: id }));
  await scim('POST', '/Groups', { schemas: [GROUP], displayName: 'Everybody', members });
  const [{ made }] = (await database.query('select position as made from log_head')).rows;
  await database.query(
    `insert into event (position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at, digest)
     select n, e.directory_id, e.organization_id, n, e.type, e.subjects, e.data, e.previous, e.request_id, e.occurred_at, e.digest
       from generate_series($1::bigint + 1, $2::bigint) as n
       join event e on e.position = (n - 1) % $1::bigint + 1`,
    [made, EVENTS],
  );
  await database.query('update log_head set position = $1', [EVENTS]);
  await database.query('vacuum analyze event');
}

async function size() {
  const { rows } = await database.query(
    'select round(avg(octet_length(data::text) + coalesce(octet_length(previous::text), 0))) as bytes from event',
  );
  return rows[0].bytes;
}
