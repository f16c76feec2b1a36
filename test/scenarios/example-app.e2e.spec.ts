/** The example application beside a hub and a worker: people come and go in it as their directory says. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RollcallClient } from '../../packages/client/src/index.js';
import { ExampleApp } from '../support/example-app.js';
import { eventually } from '../support/index.js';
import type { TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';

/** Four programs are started one after the other, one of them npm; a busy machine is no failure. */
const READY_WITHIN_IN_MILLISECONDS = 240_000;

let installation: Installation;
let app: ExampleApp;
let directory: TestDirectory;
let client: RollcallClient;
beforeAll(async () => {
  installation = await startInstallation();
  app = await ExampleApp.setUp(installation.hub);
  directory = await installation.hub.connect({ type: 'okta scim v2.0' });
  const { url: baseUrl, apiKey } = installation.hub;
  client = new RollcallClient({ baseUrl, apiKey });
  await directory.makeGroup('Founders', [await makePerson('founder')]);
  await app.start();
}, READY_WITHIN_IN_MILLISECONDS);
afterAll(async () => {
  await app?.close();
  await installation.close();
});

const email = (name: string): string => `${name}@example.com`;
const makePerson = async (name: string): Promise<string> =>
  (
    await directory.makeUser(email(name), {
      displayName: name,
      emails: [{ value: email(name), primary: true }],
    })
  ).id;

async function signedIn(name: string): Promise<string> {
  return eventually(async () => {
    const session = await app.signIn(email(name));
    if (session === undefined) throw new Error(`${name} may not sign in (yet): ${app.output()}`);
    return session;
  });
}

const setActive = (id: string, active: boolean): Promise<unknown> =>
  directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: active });
const signedOut = (session: string): Promise<void> =>
  eventually(async () => expect((await app.me(session)).status).toBe(401));

/** What the hub's feed has since the application began, it has done: all of it, in order, each once. */
async function hasDoneEverything(): Promise<void> {
  const { rows } = await app.rows.query<{ after: string }>(
    'select started_after as after from rollcall_cursor',
  );
  const ids: string[] = [];
  for await (const { id } of client.events.all(rows[0]!)) ids.push(id);
  await eventually(async () => expect((await app.activity()).length).toBeGreaterThanOrEqual(ids.length), {
    withinInSeconds: 30,
  });
  expect(await app.activity()).toEqual(ids);
}

describe('the example application', () => {
  it('knows who was there before it was, without having heard of it', async () => {
    const session = await signedIn('founder');
    expect((await app.me(session)).body).toMatchObject({ name: 'founder', role: null, teams: ['Founders'] });
    expect(await app.activity()).toEqual([]);
  });

  it('lets in whom the identity provider has made, with their teams, and nobody else', async () => {
    const ada = await makePerson('ada');
    await directory.makeGroup('Engines', [ada]);
    const session = await signedIn('ada');
    await eventually(async () =>
      expect((await app.me(session)).body).toEqual({
        id: ada,
        email: email('ada'),
        name: 'ada',
        role: null,
        teams: ['Engines'],
      }),
    );
    expect(await app.signIn(email('nobody'))).toBeUndefined();
  });

  it('shows a new name, and a team that was left', async () => {
    const id = await makePerson('grace');
    const group = await directory.makeGroup('Compilers', [id]);
    const session = await signedIn('grace');
    await directory.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: 'Grace H.' });
    await directory.patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${id}"]` });
    await eventually(async () =>
      expect((await app.me(session)).body).toMatchObject({ name: 'Grace H.', teams: [] }),
    );
  });

  it('ends the sessions of whom the identity provider deactivates, and lets nobody sign in again', async () => {
    const id = await makePerson('alan');
    const sessions = [await signedIn('alan'), await signedIn('alan')];
    await setActive(id, false);
    for (const session of sessions) await signedOut(session);
    await hasDoneEverything();
    expect(await app.signIn(email('alan'))).toBeUndefined();
    await setActive(id, true);
    await signedIn('alan');
    expect((await app.me(sessions[0]!)).status).toBe(401);
  });

  it('asks at the door, and lets in nobody who left a moment ago, whatever it has heard so far', async () => {
    const id = await makePerson('barbara');
    await signedIn('barbara');
    const lock = await app.rows.connect();
    // As long as nobody may move the consumer, the feed brings nothing; and nobody hears of a revocation.
    await lock.query('begin');
    await lock.query('select from rollcall_cursor for update');
    const { data } = await client.destinations.list();
    await client.destinations.update(data[0]!.id, { state: 'paused' });
    await setActive(id, false);
    expect(await app.signIn(email('barbara'))).toBeUndefined();
    const { rows } = await app.rows.query('select active, revoked_sequence from users where id = $1', [id]);
    expect(rows).toEqual([{ active: true, revoked_sequence: '0' }]);
    await lock.query('rollback');
    lock.release();
    await client.destinations.update(data[0]!.id, { state: 'enabled' });
    await hasDoneEverything();
  });

  it('shows administrators who else is there, as long as they are in the group that makes them one', async () => {
    const id = await makePerson('katherine');
    const group = await directory.makeGroup('Administrators', [id]);
    await app.mapRoles(directory.organizationId, 'Administrators');
    const session = await signedIn('katherine');
    const people = (): ReturnType<typeof app.ask> =>
      app.ask('GET', '/people', { headers: { authorization: `Bearer ${session}` } });
    await eventually(async () => expect(await people()).toMatchObject({ status: 200 }));
    expect((await people()).body['people']).toContainEqual(
      expect.objectContaining({ email: email('katherine'), role: 'admin' }),
    );
    await directory.patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${id}"]` });
    await eventually(async () => expect(await people()).toMatchObject({ status: 403 }));
    expect((await app.me(session)).body).toMatchObject({ role: 'member' });
  });

  it('ends the sessions of whom the identity provider deletes', async () => {
    const id = await makePerson('mary');
    const session = await signedIn('mary');
    await directory.scim('DELETE', `/Users/${id}`);
    await signedOut(session);
    await hasDoneEverything();
    expect(await app.signIn(email('mary'))).toBeUndefined();
  });

  it('ends sessions by the revocation alone, before the feed has brought what happened', async () => {
    const id = await makePerson('edith');
    const session = await signedIn('edith');
    const lock = await app.rows.connect();
    // As long as nobody may move the consumer, the feed brings nothing.
    await lock.query('begin');
    await lock.query('select from rollcall_cursor for update');
    await setActive(id, false);
    await signedOut(session);
    const { rows } = await app.rows.query<{ active: boolean }>('select active from users where id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ active: true }]);
    expect(await app.signIn(email('edith'))).toBeUndefined();
    await lock.query('rollback');
    lock.release();
    await hasDoneEverything();
  });

  it('believes nobody else who tells it to end sessions, or that there is news', async () => {
    const session = await signedIn('ada');
    const body = JSON.stringify({
      type: 'session.revoke',
      person: { id: 'directory_user_1' },
      cause: 'deleted',
      sequence: 1,
    });
    for (const path of ['/rollcall/revoke', '/rollcall/webhook']) {
      expect(await app.ask('POST', path, { body })).toMatchObject({ status: 401 });
      const headers = {
        'webhook-id': 'e',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': 'v1,AAAA',
      };
      expect(await app.ask('POST', path, { body, headers })).toMatchObject({ status: 401 });
    }
    expect((await app.me(session)).status).toBe(200);
  });

  it('believes each webhook that wakes it, and finds in the feed all that they speak of', async () => {
    await hasDoneEverything();
    await eventually(async () => {
      const { data } = (await installation.hub.api('GET', '/webhook_endpoints')).body;
      const [{ standing }] = data as unknown as [
        { standing: { lag: { events: number }; consecutive_failures: number; parked: object } },
      ];
      expect(standing.lag.events).toBe(0);
      expect(standing).toMatchObject({ consecutive_failures: 0, parked: { waiting: 0, given_up: 0 } });
    });
    const { rows } = await app.rows.query('select from rollcall_inbox where handled_at is null');
    expect(rows).toEqual([]);
    expect(app.output()).not.toMatch(/"kind":"(failed|hole)"/);
  });

  it('loses nothing and doubles nothing when it is killed in the middle, again and again', async () => {
    const before = (await app.activity()).length;
    const people = Array.from({ length: 120 }, (_, index) => `person${index}`);
    const writing = (async () => {
      for (let index = 0; index < people.length; index += 12)
        await Promise.all(people.slice(index, index + 12).map(makePerson));
    })();
    for (const share of [10, 40, 80]) {
      await eventually(async () => expect((await app.activity()).length).toBeGreaterThan(before + share), {
        withinInSeconds: 30,
      });
      await app.kill9();
      await app.start();
    }
    await writing;
    await hasDoneEverything();
    const { rows } = await app.rows.query<{ count: string }>(
      `select count(*) from users where email like 'person%'`,
    );
    expect(rows).toEqual([{ count: String(people.length) }]);
  });

  it('ends all sessions of a directory that goes', async () => {
    const session = await signedIn('ada');
    await installation.hub.api('DELETE', `/directories/${directory.id}`);
    await signedOut(session);
    await hasDoneEverything();
    expect(await app.signIn(email('ada'))).toBeUndefined();
  });
});
