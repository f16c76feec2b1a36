// Receivers of Shared Signals: clients of an organization, with short-lived tokens of their own.
import { describe, expect, it } from '@jest/globals';
import type { Database } from '@app/runtime';
import type { Admin } from '../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../test/support/on-tenancy.js';
import {
  ClientCredentials,
  hashOf,
  LimitReached,
  Organizations,
  ReceiverClient,
  ReceiverClients,
} from './index.js';

const clock = new SetClock();
let database: Database;
let operator: Admin;
let clients: ReceiverClients;
let credentials: ClientCredentials;

onTenancy((premises) => {
  ({ database, operator } = premises);
  credentials = new ClientCredentials(database, clock);
  clients = new ReceiverClients(database, clock, credentials);
});

async function newOrganization(): Promise<string> {
  return (await new Organizations(database, clock).create('Acme')).id;
}

async function newClient() {
  const organizationId = await newOrganization();
  return clients.create({ organizationId, ...WIKI });
}

const WIKI = {
  name: 'Wiki',
  audience: null,
  authenticationMethods: ['client_secret_basic' as const],
  jwks: null,
};

async function tokenOf(client: ReceiverClient): Promise<string> {
  const issued = await clients.issue(client, { scopes: ['ssf.manage'], expiresAt: inAnHour() });
  if ('refused' in issued) throw new Error(issued.refused);
  return issued.token;
}

const inAnHour = (): Date => new Date(clock.now().getTime() + 3_600_000);

describe('a receiver', () => {
  it('is kept without its secret', async () => {
    const { client, secret } = await newClient();
    const known = (await credentials.known(ReceiverClient, client.id))!;
    expect(known.secretHashes).toEqual([hashOf(secret!)]);
    const rows = await operator.rows(
      `select to_json(c)::text || to_json(s)::text as text
         from oauth_client c join oauth_client_secret s on s.client_id = c.id where c.id = $1`,
      [client.id],
    );
    expect(rows).toHaveLength(1);
    expect((rows[0] as { text: string }).text).not.toContain(secret);
  });

  it('is one of fifty of its organization at most, also when the last ones are made at once', async () => {
    const organizationId = await newOrganization();
    const wish = { organizationId, ...WIKI };
    const made = await Promise.allSettled(Array.from({ length: 52 }, () => clients.create(wish)));
    const refused = made.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused).toEqual([expect.any(LimitReached), expect.any(LimitReached)]);
  });

  it('has tokens for the scopes that it got, until they expire, and is told for an hour that they have', async () => {
    const { client } = await newClient();
    const issued = await clients.issue(client, { scopes: ['ssf.read'], expiresAt: inAnHour() });
    const { token } = issued as { token: string };
    const opened = await clients.opened(token);
    expect(opened).toMatchObject({ client: { id: client.id }, scopes: ['ssf.read'] });
    expect(opened!.expiresAt.getTime()).toBeGreaterThan(clock.now().getTime());
    expect((await clients.find(client.id))!.lastUsedAt).not.toBeNull();
    clock.later(3_700);
    await clients.forgetExpired();
    expect((await clients.opened(token))!.expiresAt.getTime()).toBeLessThan(clock.now().getTime());
    clock.later(3_600);
    await clients.forgetExpired();
    expect(await clients.opened(token)).toBeNull();
  });

  it('gets no token once it is deleted, and those that it had open nothing', async () => {
    const { client } = await newClient();
    const token = await tokenOf(client);
    expect(await clients.remove(client.id)).toBe(true);
    expect(await clients.opened(token)).toBeNull();
    expect(await clients.issue(client, { scopes: ['ssf.manage'], expiresAt: inAnHour() })).toEqual({
      refused: 'client gone',
    });
    expect(await clients.remove(client.id)).toBe(false);
  });

  it('gets another secret while the old one goes on; without an overlap that and its tokens end at once', async () => {
    const { client, secret } = await newClient();
    const token = await tokenOf(client);
    const second = await credentials.rotate(client, inAnHour());
    const hashes = async () => (await credentials.known(ReceiverClient, client.id))!.secretHashes;
    expect(await hashes()).toEqual([hashOf(secret!), hashOf(second)]);
    expect(await clients.opened(token)).not.toBeNull();
    clock.later(3_700);
    expect(await hashes()).toEqual([hashOf(second)]);
    const again = await tokenOf(client);
    const third = await credentials.rotate(client, null);
    expect(await hashes()).toEqual([hashOf(third)]);
    expect(await clients.opened(again)).toBeNull();
    expect(third).toMatch(/^ssf_cs_/);
  });

  it('ends with its organization, and so do its tokens', async () => {
    const { client } = await newClient();
    const token = await tokenOf(client);
    await operator.rows('delete from organization where id = $1', [client.organizationId]);
    expect(await clients.find(client.id)).toBeNull();
    expect(await clients.opened(token)).toBeNull();
  });
});
