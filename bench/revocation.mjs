/**
 * The fast lane: how long after somebody's deactivation each application is told to end their sessions, while the worker is
 * busy with a backlog of webhooks, beside the same on a quiet hub in the same run:
 *
 *   npm run bench:revocation       (-- --rate 10 --seconds 20 --backlog 60000 --endpoints 10; REDIS_URL as for bench:latency)
 *
 * One application for each protocol. Measured from the answer that the identity provider has to the arrival of the first attempt.
 */
import { parseArgs } from 'node:util';
import { ownHub } from './own-hub.mjs';
import { start } from './processes.mjs';
import { guardRedis } from './redis-guard.mjs';
import { deactivateAtRate, writeBacklog, writePeople } from './writers.mjs';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '20' },
    backlog: { type: 'string', default: '60000' },
    endpoints: { type: 'string', default: '10' },
  },
});
const [rate, seconds, backlog, endpoints] = ['rate', 'seconds', 'backlog', 'endpoints'].map((name) =>
  Number(values[name]),
);
const ALL_DONE_WITHIN_IN_SECONDS = 60;
const PUSH = 'urn:ietf:rfc:8935';
const WARM_UP_IN_SECONDS = 3;

const releaseRedis = await guardRedis(process.env.REDIS_URL);
const hub = await ownHub({ worker: false });
const [applications, webhooks] = [await start('sinks.mjs'), await start('sinks.mjs')];
const [{ port: applicationPort }, { port: webhookPort }] = [
  await applications.answer(),
  await webhooks.answer(),
];
const PROTOCOLS = protocolsAt(`http://127.0.0.1:${applicationPort}`);

try {
  const company = await hub.directory();
  for (const [protocol, settings] of PROTOCOLS)
    await hub.post('/destinations', { protocol, settings, organization_id: company.organizationId });
  const neighbours = [];
  for (let n = 0; n < endpoints; n += 1) neighbours.push(await neighbour(n));
  // Those who are created now are no deactivations, and cost the lane nothing later.
  const people = await writePeople(company, (WARM_UP_IN_SECONDS + 2 * seconds) * rate);
  await hub.startWorker();
  await phase(company, people.splice(0, WARM_UP_IN_SECONDS * rate));
  const quiet = await phase(company, people.splice(0, seconds * rate));
  for (const { id } of neighbours) await hub.patch(`/destinations/${id}`, { state: 'paused' });
  await writeBacklog(neighbours, Math.ceil(backlog / endpoints));
  const secrets = Object.fromEntries(neighbours.map(({ path, secret }) => [path, secret]));
  await webhooks.ask({ ask: 'know', secrets });
  await webhooks.ask({ ask: 'begin' });
  for (const { id } of neighbours) await hub.patch(`/destinations/${id}`, { state: 'enabled' });
  await counted(webhooks, 100);
  const before = await webhooks.ask({ ask: 'count' });
  const began = performance.now();
  const busy = await phase(company, people.splice(0, seconds * rate));
  const drained = (await webhooks.ask({ ask: 'count' })).count - before.count;
  const perSecond = (1_000 * drained) / (performance.now() - began);
  const left = backlog - before.count - drained;
  console.table([row('quiet', quiet), row('webhooks backlogged', busy)]);
  console.log(
    `beside it ${Math.round(perSecond)} webhooks a second, ${left > 0 ? `${left} still waiting at its end` : 'ALL GONE BEFORE ITS END: ask for a larger --backlog'}; ` +
      `p50 × ${(at(busy.times, 0.5) / at(quiet.times, 0.5)).toFixed(2)}, p99 × ${(at(busy.times, 0.99) / at(quiet.times, 0.99)).toFixed(2)}`,
  );
} finally {
  await hub.stop();
  await Promise.all([applications.stop(), webhooks.stop()]);
  await releaseRedis();
}

function protocolsAt(url) {
  const subject = { format: 'opaque', attribute: 'id' };
  const events_requested = ['https://schemas.openid.net/secevent/caep/event-type/session-revoked'];
  const [audience, client_id, subject_attribute] = ['https://app.example.com', 'bench', 'id'];
  return [
    ['global-token-revocation', { endpoint_url: `${url}/gtr`, subject }],
    ['back-channel-logout', { endpoint_url: `${url}/logout`, client_id, subject_attribute }],
    ['provider-command', { endpoint_url: `${url}/command`, client_id, subject_attribute }],
    ['signed-call', { endpoint_url: `${url}/call`, subject }],
    [
      'shared-signals',
      { delivery: { method: PUSH, endpoint_url: `${url}/events` }, audience, events_requested, subject },
    ],
  ];
}

/** A customer who has nothing to do with those who leave, with an endpoint that takes all it can get. */
async function neighbour(n) {
  const { organizationId, url, token } = await hub.directory();
  const path = `/hook/${n}`;
  const { id, secret } = await hub.post('/webhook_endpoints', {
    endpoint_url: `http://127.0.0.1:${webhookPort}${path}`,
    events: ['dsync.user.created'],
    organization_id: organizationId,
    delivery: { catch_up_per_second: 10_000 },
  });
  return { id, path, secret, url, token };
}

/** @returns milliseconds from each deactivation to each application, sorted, and from it to the last acknowledgement's receipt. */
async function phase(company, ids) {
  await applications.ask({ ask: 'begin', arrivals: 'txn' });
  const since = new Date().toISOString();
  const { answered, perSecond } = await deactivateAtRate(company, ids, { rate });
  await counted(applications, ids.length * PROTOCOLS.length);
  const revocations = await receipts(since, ids.length);
  const person = new Map(revocations.map((each) => [each.txn, each.person.id]));
  const firsts = new Map();
  const { arrivals } = await applications.ask({ ask: 'report' });
  for (const [key, at] of arrivals) if (!firsts.has(key)) firsts.set(key, at);
  const times = [...firsts]
    .map(([key, at]) => Math.max(0, at - answered.get(person.get(key.split(' ')[0]))))
    .filter((time) => !Number.isNaN(time));
  const acknowledged = revocations.flatMap((each) =>
    each.receipts.map((receipt) => 1_000 * receipt.seconds_to_acknowledge),
  );
  return { people: ids.length, perSecond, times: sorted(times), acknowledged: sorted(acknowledged) };
}

async function counted(sinks, total) {
  const ends = performance.now() + 1_000 * ALL_DONE_WITHIN_IN_SECONDS;
  for (;;) {
    const { count } = await sinks.ask({ ask: 'count' });
    if (count >= total) return;
    if (performance.now() > ends) throw new Error(`${count} of ${total} requests arrived`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** All of them, when each is acknowledged by all. */
async function receipts(since, people) {
  const ends = performance.now() + 1_000 * ALL_DONE_WITHIN_IN_SECONDS;
  for (;;) {
    const all = [];
    for (let after = ''; after !== null;) {
      const page = await hub.get(`/revocations?from=${since}&limit=100&after=${after}`);
      all.push(...page.data);
      after = page.list_metadata.after;
    }
    const done = all.filter(({ summary }) => summary.acknowledged === PROTOCOLS.length);
    if (done.length === people) return done;
    if (performance.now() > ends)
      throw new Error(`${done.length} of ${people} deactivations are acknowledged everywhere`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function sorted(times) {
  return times.sort((one, other) => one - other);
}

function at(times, share) {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))];
}

function row(name, { people, perSecond, times, acknowledged }) {
  const rounded = (all, share) => Math.round(10 * at(all, share)) / 10;
  return {
    phase: name,
    'people a second': perSecond,
    'first attempts': `${times.length} of ${people * PROTOCOLS.length}`,
    'p50 ms': rounded(times, 0.5),
    'p99 ms': rounded(times, 0.99),
    'worst ms': rounded(times, 1),
    'to the acknowledgement, p50 ms': rounded(acknowledged, 0.5),
    'p99 ms ': rounded(acknowledged, 0.99),
  };
}
