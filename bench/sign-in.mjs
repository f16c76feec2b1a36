/**
 * How long a sign-in check takes in a directory of 100,000 people, in milliseconds:
 *
 *   npm run bench:sign-in
 *
 * Beside it, in the same run, a bare HTTP server that answers a constant, and the look-up alone through node-postgres.
 */
import pg from 'pg';
import { bareServer } from './bare-server.mjs';
import { measure } from './measure.mjs';
import { ownHub } from './own-hub.mjs';

const PEOPLE = 100_000;
const SECONDS = 4;

const hub = await ownHub({ worker: false });
const bare = await bareServer();
const pool = new pg.Pool({ connectionString: hub.databaseUrl, max: 16 });

try {
  const directoryId = hub.url.split('/').at(-1);
  await pool.query(
    `insert into scim_user (directory_id, id, user_name_key, external_id, email_keys, attributes, version, created_at, last_modified)
     select $1, 'directory_user_' || n, 'user-' || n, 'e-' || n, array['user-' || n || '@example.com'],
            jsonb_build_object('userName', 'user-' || n, 'externalId', 'e-' || n, 'active', true,
              'emails', jsonb_build_array(jsonb_build_object('value', 'user-' || n || '@example.com', 'primary', true))), 1, now(), now()
       from generate_series(1, ${PEOPLE}) as n`,
    [directoryId],
  );
  await pool.query('vacuum analyze scim_user');
  const { origin } = new URL(hub.url);
  const headers = { authorization: `Bearer ${hub.apiKey}`, 'content-type': 'application/json' };
  const somebody = () => 1 + Math.floor(Math.random() * PEOPLE);
  const checks = {
    'by idp_id': () => ({ idp_id: `e-${somebody()}` }),
    'by email': () => ({ email: `user-${somebody()}@example.com` }),
    'by user_name': () => ({ user_name: `USER-${somebody()}` }),
    'nobody known': () => ({ idp_id: `x-${somebody()}` }),
  };
  const rows = [];
  for (const connections of [1, 16]) {
    const constant = { method: 'GET', path: '/' };
    const nothing = { origin: bare.url, connections, seconds: SECONDS, next: () => constant };
    rows.push({ check: 'bare HTTP, a constant', connections, ...(await measure(nothing)) });
    rows.push({
      check: 'pg, the look-up alone',
      connections,
      ...(await lookUps(directoryId, connections, somebody)),
    });
    for (const [check, name] of Object.entries(checks)) {
      const next = () => ({
        method: 'POST',
        path: '/sign_in_checks',
        headers,
        body: JSON.stringify({ directory_id: directoryId, ...name() }),
      });
      rows.push({ check, connections, ...(await measure({ origin, connections, seconds: SECONDS, next })) });
    }
  }
  console.table(rows);
} finally {
  await pool.end();
  await bare.stop();
  await hub.stop();
}

/** @returns as `measure` does. */
async function lookUps(directoryId, connections, somebody) {
  const times = [];
  const start = performance.now();
  const ask = async () => {
    while (performance.now() < start + SECONDS * 1_000) {
      const before = performance.now();
      const text = 'select * from scim_user where directory_id = $1 and external_id = $2';
      const { rowCount } = await pool.query({ name: 'one', text, values: [directoryId, `e-${somebody()}`] });
      if (rowCount !== 1) throw new Error('somebody was not found');
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: connections }, ask));
  const seconds = (performance.now() - start) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(100 * times[Math.floor((times.length - 1) * share)]) / 100;
  return { perSecond: Math.round(times.length / seconds), p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
