/** Receipts as the router asks for them, before anybody was told. */
import { Statement, type Tx } from '@app/runtime';
import type { About } from './attempts/record.js';
import { personOf, type Addressee } from './receipts.js';

export interface AskedReceipts {
  addressee: Addressee;
  events: readonly About[];
}

/**
 * Writes down that these were asked for, except what the destination is past and has nothing outstanding of: it was made, or put
 * there, after them. Harmless when they are known already.
 */
export async function requestReceipts(tx: Tx, asked: readonly AskedReceipts[], now: Date): Promise<void> {
  const rows = asked.flatMap(({ addressee, events }) => events.map((event) => rowOf(addressee, event)));
  if (rows.length > 0) await tx.rows(REQUEST, [JSON.stringify(rows), now]);
}

function rowOf({ destinationId, protocol, endpoint }: Addressee, event: About): object {
  return {
    ...{ destination_id: destinationId, protocol, endpoint },
    position: event.position,
    organization_id: event.organizationId,
    directory_id: event.directoryId,
    person_id: personOf(event),
    event_type: event.type,
    occurred_at: event.occurredAt,
  };
}

const REQUEST = new Statement(
  'receipts-request',
  `insert into revocation_receipt
          (position, destination_id, organization_id, directory_id, person_id, event_type, occurred_at, protocol, endpoint,
           requested_at)
   select a.position, a.destination_id, a.organization_id, a.directory_id, a.person_id, a.event_type, a.occurred_at, a.protocol,
          a.endpoint, $2
     from json_to_recordset($1::json) as a(
       position bigint, destination_id text, organization_id text, directory_id text, person_id text, event_type text,
       occurred_at timestamptz, protocol text, endpoint text)
     join delivery_state s on s.destination_id = a.destination_id
    where s.cursor < a.position
       or exists (select from parked_delivery p where p.destination_id = a.destination_id and p.position = a.position
                                                  and p.state in ('waiting', 'behind'))
    order by a.position, a.destination_id
   on conflict do nothing`,
);
