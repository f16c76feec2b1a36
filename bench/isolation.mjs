/**
 * What broken neighbours cost the healthy ones: 500 webhook endpoints of five organizations, of which then 50 hang until the
 * deadline and 25 refuse connections; they live on hosts of their own. One change at a time in each organization, once on a quiet hub, once beside the broken ones:
 *
 *   npm run bench:isolation            (-- 100 for a hundred changes instead of 30; REDIS_URL as for bench:latency)
 */
import { createServer } from 'node:http';
import { ownHub } from './own-hub.mjs';

const ORGANIZATIONS = 5;
const ENDPOINTS = 100;
const HANGING = 10;
const REFUSING = 5;
const CHANGES = Number(process.argv[2] ?? 30);
/** One change of each organization in so long: a modest rate. */
const EVERY_IN_MILLISECONDS = 1_000;

const hub = await ownHub({ worker: true });
const arrivals = [];
let broken = false;
const respond = (request, response) => {
  const [, kind, organization] = request.url.split('/');
  if (kind === 'healthy') arrivals.push({ organization: Number(organization), at: performance.now() });
  request.resume().on('end', () => {
    if (!broken || kind === 'healthy') response.writeHead(204).end();
  });
};
const receiver = createServer(respond);
const hanging = createServer(respond);
const closing = createServer((request, response) =>
  request.resume().on('end', () => response.writeHead(204).end()),
);
const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

try {
  const ports = {
    healthy: await listening(receiver),
    hanging: await listening(hanging),
    refusing: await listening(closing),
  };
  const directories = [];
  for (let n = 0; n < ORGANIZATIONS; n += 1) directories.push(await organizationWithEndpoints(n, ports));
  const healthy = ENDPOINTS - HANGING - REFUSING;
  await phase(directories, healthy, 5); // compilers and caches are warm
  const quiet = await phase(directories, healthy, CHANGES);
  broken = true;
  closing.closeAllConnections();
  closing.close();
  const noisy = await phase(directories, healthy, CHANGES);
  console.table([row('all healthy', quiet), row('75 of 500 broken', noisy)]);
  const ratio = (share) => (at(noisy, share) / at(quiet, share)).toFixed(2);
  console.log(`beside broken ones: p50 × ${ratio(0.5)}, p99 × ${ratio(0.99)}`);
} finally {
  for (const server of [receiver, hanging]) {
    server.closeAllConnections();
    server.close();
  }
  closing.close();
  await hub.stop();
}

async function organizationWithEndpoints(n, ports) {
  const { id } = await hub.post('/organizations', { name: `Organization ${n}` });
  const { scim } = await hub.post('/directories', { organization_id: id, name: 'People' });
  for (let endpoint = 0; endpoint < ENDPOINTS; endpoint += 1) {
    const kind = endpoint < HANGING ? 'hanging' : endpoint < HANGING + REFUSING ? 'refusing' : 'healthy';
    const endpoint_url = `http://127.0.0.1:${ports[kind]}/${kind}/${n}/${endpoint}`;
    const settings = { endpoint_url };
    await hub.post('/destinations', { protocol: 'webhook', organization_id: id, settings });
  }
  return { n, url: scim.base_url, token: scim.bearer_token };
}

/** @returns milliseconds from each accepted change to its arrival at each healthy endpoint. */
async function phase(directories, healthy, changes) {
  const latencies = [];
  for (let n = 0; n < changes; n += 1) {
    const started = performance.now();
    arrivals.length = 0;
    const accepted = await Promise.all(directories.map((directory) => change(directory)));
    while (arrivals.length < healthy * directories.length)
      await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { organization, at } of arrivals) latencies.push(Math.max(0, at - accepted[organization]));
    await new Promise((resolve) =>
      setTimeout(resolve, EVERY_IN_MILLISECONDS - (performance.now() - started)),
    );
  }
  return latencies.sort((a, b) => a - b);
}

async function change({ url, token }) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
  const body = JSON.stringify({ userName: `${Math.random().toString(36).slice(2)}@example.com` });
  const answer = await fetch(`${url}/Users`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`POST /Users answered ${answer.status}: ${await answer.text()}`);
  return performance.now();
}

function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function row(name, sorted) {
  const rounded = (share) => Math.round(10 * at(sorted, share)) / 10;
  return {
    phase: name,
    deliveries: sorted.length,
    'p50 ms': rounded(0.5),
    'p95 ms': rounded(0.95),
    'p99 ms': rounded(0.99),
  };
}
