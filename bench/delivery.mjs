/**
 * How fast signed webhooks leave, and how soon after the change:
 *
 *   npm run bench:delivery                               with the queue in PostgreSQL
 *   REDIS_URL=redis://127.0.0.1:6379 npm run bench:delivery    with the queue in Redis (one that holds nothing of Rollcall's)
 *   --destinations 1,10,500   --deliveries 10000   --seconds 5   --rate 200   --cpu-prof FOLDER (of the worker)
 *
 * bench/README.md says what the columns mean.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { bareLimit } from './bare-limit.mjs';
import { ownHub } from './own-hub.mjs';
import { cpuSeconds, parentOf, start } from './processes.mjs';
import { guardRedis } from './redis-guard.mjs';
import { writeAtRate, writeBacklog } from './writers.mjs';

const { values } = parseArgs({
  options: {
    destinations: { type: 'string', default: '1,10,500' },
    deliveries: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    'cpu-prof': { type: 'string' },
  },
});
const seconds = Number(values.seconds);
/** A backlog that is not gone by then is measured as far as it came. */
const BACKLOG_AT_MOST_IN_SECONDS = 40;
/** What the engine has under way at most: requests of one destination, and destinations at the same time. */
const AT_ONCE = { requests: 8, destinations: 16 };
const COUNTER = fileURLToPath(new URL('statement-counter.mjs', import.meta.url));

const releaseRedis = await guardRedis(process.env.REDIS_URL);
const sinks = await start('sinks.mjs');
const { port } = await sinks.answer();
const hub = await ownHub({ worker: false });
const monitor = new pg.Client({ connectionString: hub.databaseUrl, application_name: 'bench' });
await monitor.connect();
const [{ pid: backend }] = (await monitor.query('select pg_backend_pid() as pid')).rows;
const database = parentOf(backend);

try {
  const rows = [];
  for (const count of values.destinations.split(',').map(Number)) rows.push(await cell(count));
  console.table(rows.map(({ throughput }) => throughput));
  console.table(rows.map(({ latency }) => latency));
} finally {
  await monitor.end();
  await hub.stop();
  await sinks.stop();
  await releaseRedis();
}

async function cell(count) {
  const each = Math.ceil(Number(values.deliveries) / count);
  const places = await inTurns(count, 8, (index) => place(index));
  await sinks.ask({
    ask: 'know',
    secrets: Object.fromEntries(places.map(({ path, secret }) => [path, secret])),
  });
  await writeBacklog(places, each);
  const throughput = await drained(places, count * each);
  const latency = await followed(places);
  await throughput.worker.stop();
  const bare = await bareLimit({ port, seconds, ...sample(throughput.report.bodies, places) });
  for (const { id } of places) await hub.remove(`/webhook_endpoints/${id}`);
  return {
    throughput: { ...throughput.row, ...compared(throughput, bare) },
    latency: { destinations: count, ...latency },
  };
}

/** A customer: an organization with one directory and one endpoint, which hears of nobody else. */
async function place(index) {
  const { organizationId, url, token } = await hub.directory();
  const path = `/sink/${organizationId}/${index}`;
  const { id, secret } = await hub.post('/webhook_endpoints', {
    endpoint_url: `http://127.0.0.1:${port}${path}`,
    events: ['dsync.user.created'],
    organization_id: organizationId,
    // What is measured is how fast it can be, not how gently it treats those who come back.
    delivery: { catch_up_per_second: 10_000 },
  });
  return { id, path, secret, url, token };
}

/** Starts a worker on a backlog, and waits until that is gone. The worker stays. */
async function drained(places, total) {
  await sinks.ask({ ask: 'begin' });
  const options = ['--import', COUNTER, ...profiling(places.length)];
  const commits = await commitsNow();
  const worker = await hub.startWorker(options);
  // What starting costs is not counted: from the first deliveries on.
  const first = { ...(await arrived(1)), ...(await costs(worker)) };
  const report = await arrived(total);
  const last = await costs(worker);
  const each = (key) => (1_000 * (last[key] - first[key])) / (report.count - first.count);
  const after = await commitsNow();
  const elapsed = (report.lastAt - report.firstAt) / 1_000;
  const { count } = report;
  const row = {
    destinations: places.length,
    deliveries: count,
    'per second': Math.round(count / elapsed),
    'COMMITs each': rounded((after - commits) / count),
    'statements each': rounded(last.engine / count),
    'of the queue': rounded(last.queue / count),
    'worker CPU ms each': rounded(each('cpuSeconds')),
    'database CPU ms each': rounded(each('database')),
    verified: `${report.verified} of ${report.verified + report.refused}`,
  };
  return { row, report, worker, rate: count / elapsed, cpuEach: each('cpuSeconds') };
}

async function costs({ program }) {
  program.send('count');
  const [counts] = await once(program, 'message');
  return { ...counts, database: cpuSeconds(database) };
}

async function arrived(total) {
  const ends = performance.now() + 1_000 * BACKLOG_AT_MOST_IN_SECONDS;
  for (;;) {
    const report = await sinks.ask({ ask: 'report' });
    if (report.count >= total || performance.now() > ends) return report;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Changes at a fixed rate while the worker works: from the moment each is answered to the moment its webhook is there. */
async function followed(places) {
  await sinks.ask({ ask: 'begin', arrivals: 'person' });
  const { answered, perSecond } = await writeAtRate(places, { rate: Number(values.rate), seconds });
  await arrived(answered.size);
  const { arrivals } = await sinks.ask({ ask: 'report' });
  const firsts = new Map();
  for (const [id, at] of arrivals) if (!firsts.has(id)) firsts.set(id, at);
  const times = [...answered]
    .filter(([id]) => firsts.has(id))
    .map(([id, at]) => Math.max(0, firsts.get(id) - at));
  times.sort((one, other) => one - other);
  const at = (share) => rounded(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
  return {
    'changes per second': perSecond,
    arrived: `${times.length} of ${answered.size}`,
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'worst ms': at(1),
  };
}

function compared({ rate, cpuEach }, bare) {
  return {
    'bare per second': Math.round(bare.perSecond),
    'of the bare limit': `${Math.round((100 * rate) / bare.perSecond)} %`,
    'bare CPU ms each': rounded(bare.cpuEach),
    'CPU of bare': `${rounded(cpuEach / bare.cpuEach)} times`,
  };
}

function sample(bodies, places) {
  return { bodies, endpoints: places.slice(0, AT_ONCE.destinations), atOnce: AT_ONCE.requests };
}

function profiling(count) {
  const folder = values['cpu-prof'];
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}/${count}`] : [];
}

/** The server counts commits a moment late: the number is taken when it stands still. */
async function commitsNow() {
  const read = async () =>
    (
      await monitor.query(
        'select sum(xact_commit)::int as commits from pg_stat_database where datname = current_database()',
      )
    ).rows[0].commits;
  for (let before = await read(); ;) {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const commits = await read();
    // Our own look is one of them, and whoever is idle looks around now and then.
    if (commits - before < 20) return commits;
    before = commits;
  }
}

async function inTurns(count, atOnce, make) {
  const made = [];
  for (let index = 0; index < count; index += atOnce) {
    const turn = Array.from({ length: Math.min(atOnce, count - index) }, (_, offset) => make(index + offset));
    made.push(...(await Promise.all(turn)));
  }
  return made;
}

function rounded(number) {
  return Math.round(100 * number) / 100;
}
