/** One person leaves, and applications of every protocol are told: what they were told can be put side by side. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { admin, eventually, Sink, type Admin } from '../support/index.js';
import { expected, type Body, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import {
  callReceiver,
  commandReceiver,
  logoutReceiver,
  revocationReceiver,
  type SessionReceiver,
} from '../support/session-receivers.js';

const issuer = 'https://id.example.com';
const CLIENT = 's6BhdRkqt3';
const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
const ACCOUNT_DISABLED = 'https://schemas.openid.net/secevent/risc/event-type/account-disabled';

let installation: Installation;
let rows: Admin;
let hub: TestHub;
let directory: TestDirectory;
let apps: Map<string, SessionReceiver>;
let stream: Sink;
const secrets: string[] = [];

beforeAll(async () => {
  installation = await startInstallation({ settings: { ROLLCALL_PUBLIC_URL: issuer } });
  hub = installation.hub;
  rows = await admin(installation.databaseUrl);
}, 60_000);

afterAll(async () => {
  await rows.close();
  await installation.close();
}, 60_000);

beforeEach(async () => {
  directory = await hub.connect({ type: 'okta scim v2.0' });
  const known = { jwksUrl: `${hub.url}/.well-known/jwks.json`, issuer };
  apps = new Map([
    ['global-token-revocation', await revocationReceiver(known)],
    ['back-channel-logout', await logoutReceiver(known, CLIENT)],
    ['provider-command', await commandReceiver(known, CLIENT)],
    ['signed-call', await callReceiver(secrets)],
  ]);
  stream = await Sink.open();
  stream.answers({ status: 202 });
});

afterEach(async () => {
  for (const { sink } of apps.values()) await sink.close();
  await stream.close();
});

const PATHS: Record<string, string> = {
  ...{ 'global-token-revocation': '/revoke', 'back-channel-logout': '/logout' },
  ...{ 'provider-command': '/command', 'signed-call': '/end' },
};

/** Destinations of all protocols that know people by this attribute, none of which names anybody. */
async function tellAll(attribute: string): Promise<void> {
  const openid = { client_id: CLIENT, subject_attribute: attribute };
  const subject = { subject: { format: 'opaque', attribute } };
  const make = async (protocol: string, settings: object): Promise<Body & { secret?: string }> => {
    const body = { protocol, organization_id: directory.organizationId, settings };
    return expected(201, await hub.api('POST', '/destinations', body)).body;
  };
  for (const [protocol, { sink }] of apps) {
    const named = protocol === 'back-channel-logout' || protocol === 'provider-command' ? openid : subject;
    const { secret } = await make(protocol, { endpoint_url: sink.url + PATHS[protocol], ...named });
    if (secret) secrets.splice(0, secrets.length, secret);
  }
  await make('shared-signals', {
    ...{ ...subject, audience: issuer, events_requested: [SESSION_REVOKED, ACCOUNT_DISABLED] },
    delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${stream.url}/events` },
  });
}

const makeAda = (): Promise<Body> => directory.makeUser('ada@example.com', { externalId: '00u1ada' });

const deactivate = async ({ id }: Body): Promise<void> =>
  void expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: false } }));

/** Of every destination, once there is one each in this state. */
const receipts = (state: string, { id }: Body): Promise<Record<string, unknown>[]> =>
  eventually(async () => {
    const found = await rows.rows<Record<string, unknown>>(
      'select state, reason from revocation_receipt where person_id = $1',
      [id],
    );
    if (found.length < 5 || found.some((receipt) => receipt['state'] !== state))
      throw new Error(JSON.stringify(found));
    return found;
  });

describe('applications of all five protocols', () => {
  it('are told of one deactivation with the same txn, which is the id of the event', async () => {
    await tellAll('id');
    const ada = await makeAda();
    await deactivate(ada);
    await receipts('acknowledged', ada);
    const [event] = (await directory.events()).filter(({ context }) => context.cause === 'UserDeactivated');
    const txns = [...apps].map(([protocol, { told }]) => [
      protocol,
      told.map(({ request }) => request.headers['rollcall-txn']),
    ]);
    expect(Object.fromEntries(txns)).toEqual(
      Object.fromEntries([...apps.keys()].map((protocol) => [protocol, [event!.id]])),
    );
    const sets = stream.received.map(({ body }) => decodeJwt(body.toString()));
    expect(sets.map(({ events }) => Object.keys(events as object)[0]).sort()).toEqual(
      [SESSION_REVOKED, ACCOUNT_DISABLED].sort(),
    );
    expect(sets.map(({ txn }) => txn)).toEqual([event!.id, event!.id]);
    expect(stream.received.map(({ headers }) => headers['rollcall-txn'])).toEqual([event!.id, event!.id]);
    for (const { doubts } of apps.values()) expect(doubts).toEqual([]);
  });

  it('are not told late of somebody who was deleted and is back with the name that they know', async () => {
    await tellAll('externalId');
    const ada = await makeAda();
    const answers: (() => void)[] = [];
    const held = (): Promise<{ status: number }> =>
      new Promise((resolve) => answers.push(() => resolve({ status: 503 })));
    for (const app of apps.values()) app.moody = held();
    stream.answers(held);
    expected(204, await directory.scim('DELETE', `/Users/${ada.id}`));
    // Each has been called once, and thinks about it.
    const sinks = [...apps.values()].map(({ sink }) => sink);
    await eventually(() => {
      for (const sink of sinks) expect(sink.received).toHaveLength(1);
      expect(stream.received).toHaveLength(1);
    });
    const { id } = await makeAda();
    expect(id).not.toBe(ada.id);
    for (const app of apps.values()) app.moody = null;
    stream.answers({ status: 202 });
    for (const answer of answers) answer();
    const reasons = (await receipts('superseded', ada)).map(({ reason }) => String(reason));
    for (const reason of reasons)
      expect(reason).toMatch(
        /^UserCreated at position \d+ came later, of somebody with the same externalId$/,
      );
    for (const sink of [...sinks, stream]) expect(sink.received).toHaveLength(1);
  }, 30_000);
});
