/**
 * How long after an accepted change its webhook, and a revocation, reach the receiver:
 *
 *   npm run bench:latency                               with the queue in PostgreSQL
 *   REDIS_URL=redis://127.0.0.1:6379 npm run bench:latency    with the queue in Redis
 *
 * Measured from the moment the identity provider has the answer to the moment the receiver has the request, one change
 * at a time on a quiet hub.
 */
import { createServer } from 'node:http';
import { ownHub } from './own-hub.mjs';

const PEOPLE = 200;

const hub = await ownHub({ worker: true });
const arrivals = new Map();
const receiver = createServer((request, response) => {
  arrivals.get(request.url)?.(performance.now());
  request.resume().on('end', () => response.writeHead(204).end());
});
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));

try {
  const url = `http://127.0.0.1:${receiver.address().port}`;
  await hub.post('/webhook_endpoints', { endpoint_url: `${url}/webhook`, events: ['dsync.user.created'] });
  const settings = { endpoint_url: `${url}/revoke`, subject: { format: 'opaque', attribute: 'id' } };
  await hub.post('/destinations', { protocol: 'global-token-revocation', settings });
  const times = { webhook: [], revocation: [] };
  for (let n = 0; n < PEOPLE; n += 1) {
    const user = { userName: `user-${n}@example.com` };
    const { id } = await timed(times.webhook, '/webhook', () => scim('POST', '/Users', user));
    const leave = { Operations: [{ op: 'replace', value: { active: false } }] };
    await timed(times.revocation, '/revoke', () => scim('PATCH', `/Users/${id}`, leave));
  }
  console.table(Object.entries(times).map(([name, all]) => ({ request: name, ...summary(all) })));
} finally {
  receiver.closeAllConnections();
  receiver.close();
  await hub.stop();
}

async function timed(times, path, change) {
  const arrived = new Promise((resolve) => arrivals.set(path, resolve));
  const answer = await change();
  const accepted = performance.now();
  times.push((await arrived) - accepted);
  return answer;
}

async function scim(method, path, body) {
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/scim+json' };
  const answer = await fetch(`${hub.url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function summary(times) {
  const sorted = times.slice().sort((a, b) => a - b);
  const at = (share) =>
    Math.round(10 * sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]) / 10;
  return { count: sorted.length, 'p50 ms': at(0.5), 'p95 ms': at(0.95), 'p99 ms': at(0.99) };
}
