/** How many rows PostgreSQL really touches for a piece of reading, by table. */
import type { Statement, Tx } from '@app/runtime';

export class RowsRead {
  readonly byTable = new Map<string, number>();
  readonly wholeTables = new Set<string>();
  statements = 0;

  /** The same handle, on which everything that is read is counted. It must not write. */
  on(tx: Tx): Tx {
    return {
      rows: async <Row>(sql: string | Statement, values: unknown[] = []): Promise<Row[]> => {
        const text = typeof sql === 'string' ? sql : sql.text;
        this.statements += 1;
        const [explained] = await tx.rows<{ 'QUERY PLAN': { Plan: Plan }[] }>(
          `explain (analyze, timing off, format json) ${text}`,
          values,
        );
        this.count(explained!['QUERY PLAN'][0]!.Plan);
        return tx.rows<Row>(sql, values);
      },
    };
  }

  of(table: string): number {
    return this.byTable.get(table) ?? 0;
  }

  private count(plan: Plan): void {
    const table = plan['Relation Name'];
    if (table) {
      const looked = plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0);
      // PostgreSQL rounds the mean of a loop down: each look counts as one row at least.
      this.byTable.set(table, this.of(table) + Math.max(1, looked) * plan['Actual Loops']);
      if (plan['Node Type'] === 'Seq Scan') this.wholeTables.add(table);
    }
    for (const part of plan.Plans ?? []) this.count(part);
  }
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}
