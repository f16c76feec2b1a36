/**
 * The load program: how many SCIM requests a second one hub answers, and how long each takes.
 *
 *   npm run bench                      starts a hub of its own on an embedded PostgreSQL in a temporary folder
 *   npm run bench -- --url URL --token TOKEN    measures a hub that runs already (one that may be filled with people)
 *   --connections 1,16,64   --seconds 5   --no-worker (the hub alone, without the process that follows the log)
 *
 * Beside the hub it measures, in the same run, a bare HTTP server that answers a constant, so that figures of two
 * machines can be compared as ratios.
 */
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { bareServer } from './bare-server.mjs';
import { ownHub } from './own-hub.mjs';
import { measure } from './measure.mjs';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    url: { type: 'string' },
    token: { type: 'string' },
    connections: { type: 'string', default: '1,16,64' },
    seconds: { type: 'string', default: '5' },
    worker: { type: 'boolean', default: true },
  },
});
const seconds = Number(values.seconds);
const hub = values.url
  ? { url: values.url, token: values.token, stop: async () => {} }
  : await ownHub({ worker: values.worker });
const bare = await bareServer();

try {
  // Compilers and caches are warm before anything is counted.
  await scimPhases(16);
  const rows = [];
  for (const connections of values.connections.split(',').map(Number)) {
    const bareRate = (await phase(bare.url, connections, () => ({ method: 'GET', path: '/' }))).perSecond;
    for (const row of await scimPhases(connections))
      rows.push({ ...row, 'of bare HTTP': ratio(row['per second'], bareRate) });
  }
  console.table(rows);
} finally {
  await hub.stop();
  await bare.stop();
}

async function scimPhases(connections) {
  const root = new URL(hub.url).pathname.replace(/\/$/, '');
  const origin = new URL(hub.url).origin;
  const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/scim+json' };
  const run = `${Date.now().toString(36)}-${connections}`;
  const people = [];
  const request = (method, path, body) => ({
    method,
    path: `${root}${path}`,
    headers,
    body: body && JSON.stringify(body),
  });
  const person = (n) => ({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: `user-${run}-${n}@example.com`,
    externalId: `${run}-${n}`,
    name: { givenName: 'Test', familyName: `User ${n}` },
    emails: [{ primary: true, value: `user-${run}-${n}@example.com`, type: 'work' }],
    displayName: `Test User ${n}`,
    active: true,
  });
  const any = () => people[Math.floor(Math.random() * people.length)];
  const { id: group } = await once(origin, request('POST', '/Groups', { displayName: `Group ${run}` }));
  let joined = 0;
  const phases = {
    create: {
      next: (n) => request('POST', '/Users', person(n)),
      expect: 201,
      keep: (answer) => people.push(JSON.parse(answer)),
    },
    get: { next: () => request('GET', `/Users/${any().id}`), expect: 200 },
    filter: {
      next: () => request('GET', `/Users?filter=${encodeURIComponent(`userName eq "${any().userName}"`)}`),
      expect: 200,
    },
    patch: {
      next: (n) =>
        request('PATCH', `/Users/${any().id}`, {
          Operations: [{ op: 'replace', path: 'title', value: `Title ${n}` }],
        }),
      expect: 200,
    },
    'add a member': {
      next: () =>
        request('PATCH', `/Groups/${group}`, {
          Operations: [
            { op: 'add', path: 'members', value: [{ value: people[joined++ % people.length].id }] },
          ],
        }),
      expect: 204,
    },
  };
  const rows = [];
  for (const [name, { next, expect, keep }] of Object.entries(phases)) {
    const result = await phase(origin, connections, next, { expect, keep });
    rows.push({
      connections,
      request: name,
      'per second': result.perSecond,
      'p50 ms': result.p50,
      'p95 ms': result.p95,
      'p99 ms': result.p99,
    });
  }
  return rows;
}

function phase(origin, connections, next, more = {}) {
  return measure({ origin, connections, seconds, next, ...more });
}

async function once(origin, { path, ...options }) {
  const pool = new Pool(origin);
  const { statusCode, body } = await pool.request({ path, ...options });
  const text = await body.text();
  await pool.close();
  if (statusCode >= 300) throw new Error(`${options.method} ${path} answered ${statusCode}: ${text}`);
  return JSON.parse(text);
}

function ratio(part, whole) {
  return `${Math.round((100 * part) / whole)} %`;
}
