/** What PostgreSQL intends to do with the statements that a piece of code runs: for tests that a scan must fail. */
import type { Database, Statement, Tx } from '@app/runtime';

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
