/** What anybody can ask an installation when a run is over: how events are called, and the receipts, as an auditor gets them. */
import { createHash } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { request } from 'undici';
import { expected, type TestHub } from '../support/hub.js';
import { aboutOf, type KeptReceipt } from './recording.js';

/** By `directory_…/sequence`. */
export async function readEventIds(hub: TestHub): Promise<Map<string, string>> {
  const events = await hub.events();
  return new Map(
    events.map(({ id, data, context }) => {
      return [aboutOf({ directoryId: String(data['directory_id']), sequence: context.sequence }), id];
    }),
  );
}

interface Line {
  txn: string;
  receipts: {
    destination_id: string;
    state: KeptReceipt['state'];
    acknowledged_at: string | null;
    jti: string | null;
  }[];
}

const MARGIN_IN_MILLISECONDS = 3_600_000;

/** All of them, from the signed export. @throws when it is not what was signed, or incomplete. */
export async function readReceipts(hub: TestHub): Promise<KeptReceipt[]> {
  const at = (offset: number): string => new Date(Date.now() + offset).toISOString();
  const period = { from: at(-MARGIN_IN_MILLISECONDS), to: at(MARGIN_IN_MILLISECONDS), format: 'jsonl' };
  const path = `/revocations/export?${new URLSearchParams(period)}`;
  // It is no JSON, but lines of it.
  const { statusCode, body } = await request(hub.url + path, {
    headers: { authorization: `Bearer ${hub.apiKey}` },
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`the export of receipts was answered ${statusCode}: ${text}`);
  const end = text.lastIndexOf('\n', text.length - 2) + 1;
  const signed = text.slice(0, end);
  const { jws } = JSON.parse(text.slice(end)) as { jws: string };
  const jwks = expected(200, await hub.send({ method: 'GET', path: '/.well-known/jwks.json' })).body;
  const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
  const { payload } = await jwtVerify(jws, keys, { typ: 'revocation-export+jwt' });
  if (payload['sha256'] !== createHash('sha256').update(signed).digest('hex'))
    throw new Error('the export of receipts is not what was signed');
  const lines = signed.split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => receiptsIn(JSON.parse(line) as Line));
}

function receiptsIn({ txn, receipts }: Line): KeptReceipt[] {
  return receipts.map(({ destination_id: destinationId, state, acknowledged_at: at, jti }) => ({
    ...{ txn, destinationId, state, jti },
    acknowledgedAt: at === null ? null : Date.parse(at),
  }));
}
