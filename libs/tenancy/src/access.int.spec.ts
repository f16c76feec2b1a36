import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Database } from '@app/runtime';
import type { Admin } from '../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../test/support/on-tenancy.js';
import {
  AccessTokens,
  Directories,
  DirectoryTokens,
  hashOf,
  LimitReached,
  ClientCredentials,
  OAuthClients,
  Organizations,
  type Directory,
  type MadeClient,
  type OAuthClient,
} from './index.js';

const clock = new SetClock();
let database: Database;
let operator: Admin;
let access: AccessTokens;
let tokens: DirectoryTokens;
let clients: OAuthClients;
let credentials: ClientCredentials;

onTenancy((premises) => {
  ({ database, operator } = premises);
  access = new AccessTokens(database, clock);
  tokens = new DirectoryTokens(database, clock);
  credentials = new ClientCredentials(database, clock);
  clients = new OAuthClients(database, clock, credentials);
});

async function newDirectory(): Promise<Directory> {
  const organization = await new Organizations(database, clock).create('Acme');
  const wish = { organizationId: organization.id, name: 'Example', type: 'generic scim v2.0' };
  const directories = new Directories(database, clock);
  return (await database.transaction((_tx, manager) => directories.create(manager, wish))).directory;
}

async function newClient(): Promise<MadeClient<OAuthClient>> {
  const { id } = await newDirectory();
  return clients.create({
    directoryId: id,
    name: 'Entra',
    authenticationMethods: ['client_secret_basic'],
    jwks: null,
  });
}

const fromNow = (seconds: number): Date => new Date(clock.now().getTime() + seconds * 1_000);

const namesOf = async (directoryId: string): Promise<string[]> =>
  (await tokens.list(directoryId, { limit: 100, order: 'asc' })).data.map(({ name }) => name);

describe('an access token', () => {
  it('opens its client’s directory, and is not among the tokens that people made', async () => {
    const { client } = await newClient();
    const issued = await access.issue(client, fromNow(3_600));
    if (!('token' in issued)) throw new Error(issued.refused);
    const opened = await tokens.opened(hashOf(issued.token));
    expect(opened).toMatchObject({ directory: { id: client.directoryId }, oauthClientId: client.id });
    expect(await namesOf(client.directoryId)).toEqual(['First token']);
    expect(await tokens.find(client.directoryId, opened!.tokenId)).toBeNull();
  });

  it('is issued once for an assertion, however many ask at the same time', async () => {
    const { client } = await newClient();
    const assertion = { jtiHash: createHash('sha256').update('one').digest(), until: fromNow(60) };
    const issued = await Promise.all(
      Array.from({ length: 5 }, () => access.issue(client, fromNow(3_600), assertion)),
    );
    expect(issued.filter((each) => 'token' in each)).toHaveLength(1);
    expect(issued.filter((each) => 'refused' in each)).toEqual(
      Array.from({ length: 4 }, () => ({ refused: 'assertion spent' })),
    );
    const [row] = await operator.rows<{ count: number }>(
      `select count(*) from directory_token where oauth_client_id = '${client.id}'`,
    );
    expect(row?.count).toBe(1);
  });

  it('is not issued to a client that was deleted a moment ago', async () => {
    const { client } = await newClient();
    await clients.remove(client);
    expect(await access.issue(client, fromNow(3_600))).toEqual({ refused: 'client gone' });
  });
});

describe('the last use of tokens', () => {
  it('is written for all of them in one statement, and never set back', async () => {
    const { id: directoryId } = await newDirectory();
    const made = await Promise.all(
      ['a', 'b', 'c'].map((name) => tokens.create({ directoryId, name, expiresAt: null })),
    );
    const [a, b] = made.map(({ token }) => token.id) as [string, string];
    const [early, late] = [fromNow(-60), fromNow(0)];
    await access.used(new Map([[a, late], [b, early], ['directory_token_gone', late]])); // prettier-ignore
    await access.used(new Map([[a, early], [b, late]])); // prettier-ignore
    const uses = (await tokens.list(directoryId, { limit: 10, order: 'asc' })).data.map(
      ({ name, lastUsedAt }) => [name, lastUsedAt],
    );
    expect(new Map(uses as [string, Date][])).toEqual(
      new Map<string, Date | null>([['First token', null], ['a', late], ['b', late], ['c', null]]), // prettier-ignore
    );
  });

  it('can be written by two processes at once, in whatever order', async () => {
    const { id: directoryId } = await newDirectory();
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        tokens.create({ directoryId, name: `${index}`, expiresAt: null }),
      ),
    );
    const ids = made.map(({ token }) => token.id);
    const uses = (order: string[]): Map<string, Date> => new Map(order.map((id) => [id, clock.now()]));
    const all = Array.from({ length: 20 }, (_, time) =>
      access.used(uses(time % 2 === 0 ? ids : ids.toReversed())),
    );
    await expect(Promise.all(all)).resolves.toHaveLength(20);
  });
});

describe('what is over', () => {
  it('is forgotten: access tokens after an hour, people’s tokens after thirty days, secrets and assertions at once', async () => {
    const { client } = await newClient();
    const { directoryId } = client;
    const short = await tokens.create({ directoryId, name: 'short', expiresAt: fromNow(60) });
    await tokens.create({ directoryId, name: 'long', expiresAt: fromNow(90 * 86_400) });
    const assertion = { jtiHash: Buffer.alloc(32, 1), until: fromNow(60) };
    await access.issue(client, fromNow(60), assertion);
    await credentials.rotate(client, fromNow(60));
    const left = async (): Promise<number[]> => {
      const [row] = await operator.rows<{ tokens: number; secrets: number; assertions: number }>(
        `select (select count(*) from directory_token where oauth_client_id = '${client.id}') as tokens,
                (select count(*) from oauth_client_secret where client_id = '${client.id}') as secrets,
                (select count(*) from oauth_spent_assertion where client_id = '${client.id}') as assertions`,
      );
      return [row!.tokens, row!.secrets, row!.assertions];
    };

    await access.forgetExpired();
    expect(await left()).toEqual([1, 2, 1]);
    clock.later(120);
    await access.forgetExpired();
    expect(await left()).toEqual([1, 1, 0]);
    clock.later(3_600);
    await access.forgetExpired();
    expect(await left()).toEqual([0, 1, 0]);
    expect(await namesOf(directoryId)).toEqual(['First token', 'short', 'long']);
    expect(await tokens.opened(hashOf(short.secret))).not.toBeNull(); // so that its 401 can say when it expired
    clock.later(31 * 86_400);
    await access.forgetExpired();
    expect(await namesOf(directoryId)).toEqual(['First token', 'long']);
  });

  it('is removed in as many batches as it takes', async () => {
    const { client } = await newClient();
    await operator.rows(
      `insert into directory_token (id, directory_id, token_hash, suffix, created_at, expires_at, oauth_client_id)
       select 'access_token_' || n, '${client.directoryId}', sha256(n::text::bytea), 'none', now(), '2020-01-01', '${client.id}'
         from generate_series(1, 2500) n`,
    );
    await access.forgetExpired();
    const [row] = await operator.rows<{ count: number }>(
      `select count(*) from directory_token where oauth_client_id = '${client.id}'`,
    );
    expect(row?.count).toBe(0);
  });
});

describe('the limits', () => {
  it('hold when many tokens are made at the same time', async () => {
    const { id: directoryId } = await newDirectory();
    const made = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        tokens.create({ directoryId, name: `${index}`, expiresAt: null }),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(49);
    for (const each of made) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(LimitReached);
  });

  it('are fifty clients for a directory, and ten secrets that work for a client', async () => {
    const { client } = await newClient();
    const { directoryId, name, authenticationMethods } = client;
    const wish = { directoryId, name, authenticationMethods, jwks: null };
    for (let made = 1; made < 50; made += 1) await clients.create(wish);
    await expect(clients.create(wish)).rejects.toThrow(LimitReached);
    for (let secrets = 1; secrets < 10; secrets += 1) await credentials.rotate(client, fromNow(86_400));
    await expect(credentials.rotate(client, fromNow(86_400))).rejects.toThrow(
      /Rotate with overlap_seconds 0/,
    );
    await credentials.rotate(client, null);
    expect(await credentials.secretsOf([client.id])).toHaveLength(1);
  });
});
