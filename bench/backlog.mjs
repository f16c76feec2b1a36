/**
 * What an endpoint with a million events behind it costs the others: the events are written by SQL, then the endpoint is
 * resumed at a catch-up rate of 10,000 a second, while 20 endpoints of another organization get theirs:
 *
 *   npm run bench:backlog              (--events 1000000 --seconds 60; REDIS_URL as for bench:latency)
 *
 * Shows how fast the backlog drains, how much memory the worker takes, and how late the others' events are, quiet and beside it.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { ownHub } from './own-hub.mjs';

const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000000' }, seconds: { type: 'string', default: '60' } },
});
const OTHERS = 20;
const CHUNK = 50_000;

const hub = await ownHub({ worker: true });
const database = new pg.Client({ connectionString: hub.databaseUrl });
let drained = 0;
let latest = [];
const receiver = createServer((request, response) => {
  if (request.url.startsWith('/other')) latest.push(performance.now());
  else drained += 1;
  request.resume().on('end', () => response.writeHead(204).end());
});

try {
  await database.connect();
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${receiver.address().port}`;
  const [far, near] = [await organization('Far behind'), await organization('Up to date')];
  const { id } = await endpoint(far.id, `${url}/backlog`, { catch_up_per_second: 10_000, max_in_flight: 16 });
  for (let n = 0; n < OTHERS; n += 1) await endpoint(near.id, `${url}/other/${n}`);
  await latencies(near, 5); // compilers and caches are warm
  const quiet = await latencies(near, 30);
  await hub.patch(`/destinations/${id}`, { state: 'paused' });
  await writeBacklog(far, Number(values.events));
  // Behind all of these in the log: when it has arrived, they have all been routed, as those of a day ago would be.
  await latencies(near, 1);
  await hub.patch(`/destinations/${id}`, { state: 'enabled' });
  const from = { at: performance.now(), drained };
  const beside = [];
  let mebibytes = 0;
  while (performance.now() - from.at < Number(values.seconds) * 1_000 && drained < Number(values.events)) {
    beside.push(...(await latencies(near, 1)));
    mebibytes = Math.max(mebibytes, residentMebibytes(hub.pids.worker));
  }
  const seconds = (performance.now() - from.at) / 1_000;
  const count = drained - from.drained;
  console.table([
    {
      events: count,
      seconds: Math.round(seconds),
      'drained per second': Math.round(count / seconds),
      'worker at most MiB': mebibytes,
    },
  ]);
  console.table([summary('others, quiet', quiet), summary('others, beside the backlog', beside)]);
} finally {
  receiver.closeAllConnections();
  receiver.close();
  await database.end();
  await hub.stop();
}

async function organization(name) {
  const { id } = await hub.post('/organizations', { name });
  const { id: directory, scim } = await hub.post('/directories', { organization_id: id, name });
  return { id, directory, url: scim.base_url, token: scim.bearer_token };
}

function endpoint(organization_id, endpoint_url, delivery = {}) {
  return hub.post('/destinations', {
    protocol: 'webhook',
    organization_id,
    settings: { endpoint_url },
    delivery,
  });
}

/** Copies of one real event, each about a person of its own. They are not in the chain of digests, which nobody reads here. */
async function writeBacklog({ directory, url, token }, count) {
  await createUser({ url, token });
  for (let written = 0; written < count; written += CHUNK) {
    const part = Math.min(CHUNK, count - written);
    await database.query(
      `with head as (update log_head set position = position + $2 returning position - $2 as before),
            heads as (update directory_head set sequence = sequence + $2 where directory_id = $1
                      returning sequence - $2 as before),
            model as (select * from event where directory_id = $1 and type = 'UserCreated' order by position limit 1)
       insert into event (position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id,
                          occurred_at, digest)
       select head.before + n, m.directory_id, m.organization_id, heads.before + n, m.type,
              array['directory_user_copy_' || (head.before + n)], m.data, m.previous, m.request_id, now(), m.digest
         from head, heads, model m, generate_series(1, $2::bigint) as n`,
      [directory, part],
    );
  }
}

async function createUser({ url, token }) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const body = JSON.stringify({
    userName: `${Math.random().toString(36).slice(2)}@example.com`,
    displayName: 'Test',
  });
  const answer = await fetch(`${url}/Users`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`POST /Users answered ${answer.status}: ${await answer.text()}`);
}

/** One change after the other. @returns milliseconds from each accepted change to each of the others' endpoints. */
async function latencies(directory, changes) {
  const all = [];
  for (let n = 0; n < changes; n += 1) {
    latest = [];
    await createUser(directory);
    const accepted = performance.now();
    while (latest.length < OTHERS) await new Promise((resolve) => setTimeout(resolve, 5));
    all.push(...latest.map((at) => Math.max(0, at - accepted)));
  }
  return all;
}

function residentMebibytes(pid) {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kibibytes) / 1_024);
}

function summary(name, all) {
  const sorted = all.slice().sort((a, b) => a - b);
  const at = (share) =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN)) / 10;
  return { deliveries: name, count: sorted.length, 'p50 ms': at(0.5), 'p99 ms': at(0.99) };
}
