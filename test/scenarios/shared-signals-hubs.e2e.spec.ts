/** One polled stream at several hubs, receivers that go away, and a transmitter whose address has a path. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { admin, type Admin } from '../support/index.js';
import { looksAgain, looksNoMore } from '../support/log-looks.js';
import { expected, TestHub, USER, type Body, type TestDirectory } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { RISC, SCIM_EVENT, SsfReceiver, type Polled } from '../support/ssf-receiver.js';

let running: TestHubs;
let hub: TestHub;
let operator: Admin;

beforeAll(async () => {
  running = await startHubs(2);
  hub = running.hubs[0]!;
  operator = await admin(running.databaseUrl);
}, 60_000);
afterAll(async () => {
  await operator.close();
  await running.close();
}, 60_000);

const jtisOf = ({ sets }: Polled): string[] => Object.keys(sets);

describe('two hubs that are polled at once for one stream', () => {
  const NEWCOMERS = 150;

  async function come(directory: TestDirectory, batch: number): Promise<void> {
    const Operations = Array.from({ length: 25 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `u${index}`,
      data: { schemas: [USER], userName: `user-${batch}-${index}` },
    }));
    const bulk = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations };
    expected(200, await directory.scim('POST', '/Bulk', bulk));
  }

  it('lose nothing, give each token in the same bytes, and never again once its acknowledgement was answered', async () => {
    const directory = await hub.connect();
    const receiver = await SsfReceiver.of(hub, directory.organizationId);
    const stream = await receiver.makeStream({ events_requested: [`${SCIM_EVENT}create:notice`] });
    const token = await receiver.accessToken();
    const given = new Map<string, string>();
    const answeredFor = new Set<string>();
    const twice: string[] = [];

    const pollAt = async (at: TestHub, ack: string[]): Promise<Polled> => {
      const before = new Set(answeredFor);
      const path = `/ssf/poll/${String(stream['stream_id'])}`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = { maxEvents: 7, returnImmediately: true, ack };
      const polled = expected(200, await at.send({ method: 'POST', path, headers, body })).body as Polled;
      for (const jti of ack) answeredFor.add(jti);
      for (const [jti, set] of Object.entries(polled.sets)) {
        if (before.has(jti)) twice.push(jti);
        expect(given.get(jti) ?? set).toBe(set);
        given.set(jti, set);
      }
      return polled;
    };
    const receive = async (at: TestHub): Promise<void> => {
      let ack: string[] = [];
      while (answeredFor.size < NEWCOMERS) ack = jtisOf(await pollAt(at, ack));
    };
    const write = async (): Promise<void> => {
      for (let batch = 0; batch < NEWCOMERS / 25; batch++) await come(directory, batch);
    };
    await Promise.all([write(), ...running.hubs.map(receive)]);

    expect(twice).toEqual([]);
    const told = await receiver.told({ sets: Object.fromEntries(given) } as Polled);
    const events = await directory.events();
    expect(told.map(([, , { txn }]) => txn).sort()).toEqual(events.map(({ id }) => id).sort());
    expect(told).toHaveLength(NEWCOMERS);
    for (const at of running.hubs) expect(await pollAt(at, [])).toEqual({ sets: {} });
    const kept = await operator.rows('select from ssf_answered where destination_id = $1', [
      stream['stream_id'],
    ]);
    expect(kept).toEqual([]);
  }, 60_000);
});

describe('a receiver that goes away while its poll waits', () => {
  it('leaves nothing behind at the hub, and finds its events when it comes again', async () => {
    const directory = await hub.connect();
    const receiver = await SsfReceiver.of(hub, directory.organizationId);
    const stream = await receiver.makeStream({ events_requested: [`${RISC}account-disabled`] });
    const ada = await directory.makeUser('ada', { emails: [{ value: 'ada@example.com' }] });
    const gone = new AbortController();
    const { endpoint_url: url } = stream['delivery'] as { endpoint_url: string };
    const headers = {
      authorization: `Bearer ${await receiver.accessToken()}`,
      'content-type': 'application/json',
    };
    const waiting = request(url, { method: 'POST', headers, body: '{}', signal: gone.signal });
    const aborted = expect(waiting).rejects.toThrow(/abort/i);
    for (let looks = 0; looks < 3; looks++) await looksAgain(operator);
    gone.abort();
    await aborted;
    await looksNoMore(operator);
    const off = { op: 'replace', path: 'active', value: false };
    expected(200, await directory.patch(`/Users/${ada.id}`, off));
    const told = await receiver.told(await receiver.poll(stream, { returnImmediately: true }));
    expect(told.map(([, eventType]) => eventType)).toEqual([`${RISC}account-disabled`]);
  }, 30_000);
});

describe('a transmitter whose address has a path', () => {
  const ISSUER = 'https://id.example.com/rollcall/eu';
  let inPath: TestHub;

  beforeAll(async () => {
    inPath = await TestHub.start({ ROLLCALL_PUBLIC_URL: ISSUER });
  }, 60_000);
  afterAll(() => inPath.close(), 60_000);

  const configurationAt = async (path: string): Promise<[number, Body]> => {
    const { status, body } = await inPath.send({ method: 'GET', path });
    return [status, body];
  };

  it.each([
    ['between its host and its path', '/.well-known/ssf-configuration/rollcall/eu'],
    ['there with a slash at the end', '/.well-known/ssf-configuration/rollcall/eu/'],
    ['without the path, where a proxy takes it off', '/.well-known/ssf-configuration'],
  ])('is found %s', async (_, path) => {
    const [status, body] = await configurationAt(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      configuration_endpoint: `${ISSUER}/ssf/stream`,
      verification_endpoint: `${ISSUER}/ssf/verification`,
    });
  });

  it.each(['/rollcall', '/rollcall/us', '/rollcall/eu/more', '/eu'])('is not found at %s', async (path) => {
    const [status, body] = await configurationAt(`/.well-known/ssf-configuration${path}`);
    expect([status, body['code']]).toEqual([404, 'issuer_not_found']);
  });
});
