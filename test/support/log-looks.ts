/** Whether anybody waits at a hub for the log to grow: it looks at its end four times a second then, and not otherwise. */
import type { Admin } from './admin.js';
import { eventually } from './eventually.js';

const LAST = `select max(query_start) from pg_stat_activity
               where datname = current_database() and query = 'select position from log_head'`;

/** Returns when a look has begun after this call. */
export async function looksAgain(operator: Admin): Promise<void> {
  const [row] = await operator.rows<{ now: string }>('select clock_timestamp()::text as now');
  await eventually(async () => {
    const [last] = await operator.rows<{ later: boolean | null }>(
      `select (${LAST}) > $1::timestamptz as later`,
      [row!.now],
    );
    if (!last!.later) throw new Error('nobody has looked at the log');
  });
}

/** Returns when nobody has looked for a second. */
export async function looksNoMore(operator: Admin): Promise<void> {
  await eventually(async () => {
    const [last] = await operator.rows<{ quiet: boolean }>(
      `select coalesce((${LAST}) < clock_timestamp() - interval '1 second', true) as quiet`,
    );
    if (!last!.quiet) throw new Error('the log is still looked at');
  });
}
