/** Waits until a server answers, and makes the database in it. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Guarded } from './guardian.js';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

export const DATABASE = 'rollcall';

export function urlOf(port: number, password: string, database: string): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
}

const ASK_EVERY_IN_MILLISECONDS = 50;

/** Not there yet, or starting, or recovering after a crash, which takes as long as it takes. */
const NOT_YET = new Set(['ECONNREFUSED', 'ECONNRESET', '57P03']);

/** @throws when the server ends, or answers that it will not let us in. */
export async function untilItAnswers(guarded: Guarded, url: string): Promise<void> {
  let ended = false;
  const end = guarded.ended.then((code) => {
    ended = true;
    throw new NoEmbeddedDatabase(
      `PostgreSQL did not start (exit code ${code}). It said: ${guarded.lastWords() || 'nothing'}`,
    );
  });
  const answer = async (): Promise<void> => {
    while (!ended && !(await letsUsIn(url))) await pause(ASK_EVERY_IN_MILLISECONDS);
  };
  await Promise.race([end, answer()]);
}

export async function ensureDatabase(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

async function letsUsIn(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (NOT_YET.has((error as { code?: string }).code ?? '')) return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}
