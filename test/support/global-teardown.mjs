/** After int and e2e tests: the run's own server is stopped; on a server that was given, the run's databases are dropped. */
import pg from 'pg';

export default async function tearDown() {
  if (globalThis.stopTestServer) return globalThis.stopTestServer();
  const client = new pg.Client({ connectionString: process.env.ROLLCALL_TEST_DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [
      `${process.env.ROLLCALL_TEST_RUN}_`,
    ]);
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
  } finally {
    await client.end();
  }
}
