/** Records into the table: a batch is one statement. */
import { Statement, type Tx } from '@app/runtime';
import type { RequestRecord } from './record.js';

const WRITE = new Statement(
  'write-scim-requests',
  `insert into scim_request (id, received_at, directory_id, organization_id, token_id, method, path, user_agent, body,
       body_cut, body_bytes, dialect, quirks, ignored, unknown_members, outcome, status, scim_type, detail,
       duration_in_milliseconds, events)
   select id, "receivedAt", "directoryId", "organizationId", "tokenId", method, path, "userAgent", body,
       "bodyCut", "bodyBytes", dialect, quirks, ignored, "unknownMembers", outcome, status, "scimType", detail,
       "durationInMilliseconds", events
     from json_to_recordset($1::json) as r(
       id text, "receivedAt" timestamptz, "directoryId" text, "organizationId" text, "tokenId" text, method text,
       path text, "userAgent" text, body text, "bodyCut" boolean, "bodyBytes" bigint, dialect text, quirks text[],
       ignored text[], "unknownMembers" text[], outcome text, status smallint, "scimType" text, detail text,
       "durationInMilliseconds" double precision, events jsonb)
   on conflict (id) do nothing`,
);

/** A record that is there already is left as it is: a batch whose COMMIT was not answered may be written again. */
export async function writeRecords(tx: Tx, records: readonly RequestRecord[]): Promise<void> {
  await tx.rows(WRITE, [JSON.stringify(records)]);
}
