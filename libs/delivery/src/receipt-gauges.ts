/** How many receipts are open, by protocol and never by destination: for metrics. */
import type { Database, Reading } from '@app/runtime';
import type { Protocols } from './protocol.js';
import { isOfTypes } from './receipts.js';

export const RECEIPT_GAUGES = [
  'rollcall_revocations_open',
  'rollcall_revocation_oldest_open_seconds',
] as const;

const TIMEOUT_IN_MILLISECONDS = 3_000;

interface Row {
  protocol: string;
  open: number;
  oldest_seconds: number;
}

/** Of these domain events. One statement, with a limit on its time; zero where nothing is open. @throws when the database is away or slow. */
export async function readReceiptGauges(
  database: Database,
  protocols: Protocols,
  { eventTypes, now }: { eventTypes: readonly string[]; now: Date },
): Promise<Reading[]> {
  const urgent = [...protocols.values()].filter(({ urgency }) => urgency === 'now').map(({ name }) => name);
  const rows = await database.transaction(async (tx) => {
    await tx.rows(`set local statement_timeout = ${TIMEOUT_IN_MILLISECONDS}`);
    return tx.rows<Row>(OPEN, [urgent, now, eventTypes]);
  });
  return rows.flatMap(({ protocol, open, oldest_seconds: seconds }): Reading[] => [
    { name: 'rollcall_revocations_open', labels: { protocol }, value: open },
    { name: 'rollcall_revocation_oldest_open_seconds', labels: { protocol }, value: seconds },
  ]);
}

// What a deleted destination has left open is not open any more: the next look of the sweep ends it.
const OPEN = `
  select p.protocol, count(r.position) as open,
         greatest(coalesce(extract(epoch from $2::timestamptz - min(r.occurred_at)), 0), 0)::float8 as oldest_seconds
    from unnest($1::text[]) as p(protocol)
    left join revocation_receipt r
      on r.protocol = p.protocol and r.state = 'requested'
     and exists (select from destination d where d.id = r.destination_id) and ${isOfTypes('$3')}
   group by p.protocol`;
