/** What PostgreSQL intends to do with the statements that a piece of code runs: for tests that a scan must fail. */
import type { Database, Statement, Tx } from '@app/runtime';
import type { Admin } from './admin.js';
import { eventually } from './eventually.js';

const EXPLAINABLE = /^\s*(select|insert|update|delete|with)\b/i;

/** Runs the work in a transaction that is rolled back. @returns one plan per statement, as EXPLAIN words it. */
export async function plansOf(database: Database, work: (tx: Tx) => Promise<unknown>): Promise<string[]> {
  const plans: string[] = [];
  const over = new Error('looked at the plans; nothing stays');
  await database
    .transaction(async (tx) => {
      await work({
        rows: async <Row>(sql: string | Statement, values: unknown[] = []): Promise<Row[]> => {
          const text = typeof sql === 'string' ? sql : sql.text;
          if (EXPLAINABLE.test(text)) {
            const lines = await tx.rows<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
            plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
          }
          return tx.rows<Row>(sql, values);
        },
      });
      throw over;
    })
    .catch((error: unknown) => {
      if (error !== over) throw error;
    });
  return plans;
}

/** PostgreSQL reads an index alone where a vacuum found the pages visible to everybody: not while it analyses them by itself. */
export async function vacuumed(operator: Pick<Admin, 'rows'>, tables: string[]): Promise<void> {
  const look = async (): Promise<void> => {
    await operator.rows(`vacuum analyze ${tables.join(', ')}`);
    const hidden = await operator.rows(
      'select relname from pg_class where relname = any($1) and relallvisible < relpages',
      [tables],
    );
    if (hidden.length > 0) throw new Error(`a vacuum has not seen all of ${JSON.stringify(hidden)}`);
  };
  await eventually(look, { withinInSeconds: 60 });
}

/** The rows that PostgreSQL looked at, also those that it threw away, by the scans of every statement of the work. */
export async function rowsRead(database: Tx, work: (tx: Tx) => Promise<unknown>): Promise<number> {
  let read = 0;
  await work({
    rows: async <Row>(sql: Parameters<Tx['rows']>[0], values: unknown[] = []): Promise<Row[]> => {
      const text = typeof sql === 'string' ? sql : sql.text;
      const [row] = await database.rows<{ 'QUERY PLAN': unknown }>(
        `explain (analyze, format json) ${text}`,
        values,
      );
      read += scanned(row!['QUERY PLAN']);
      return database.rows<Row>(text, values);
    },
  });
  return read;
}

function scanned(plan: unknown): number {
  if (Array.isArray(plan)) return plan.map(scanned).reduce((sum, each) => sum + each, 0);
  if (typeof plan !== 'object' || plan === null) return 0;
  const node = plan as Record<string, unknown>;
  const isScan = /Scan$/.test(String(node['Node Type'])) && node['Node Type'] !== 'Subquery Scan';
  const each = Number(node['Actual Rows'] ?? 0) + Number(node['Rows Removed by Filter'] ?? 0);
  const own = isScan ? each * Number(node['Actual Loops'] ?? 1) : 0;
  return own + scanned(Object.values(node));
}
