/** The client's calls for what Rollcall has beyond WorkOS, each against a running hub. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import {
  AnswerCutOff,
  RollcallClient,
  RollcallError,
  type AnyEvent,
  type Difference,
  type SnapshotItem,
} from '../../packages/client/src/index.js';
import type { TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink } from '../support/index.js';

let installation: Installation;
let client: RollcallClient;
let directory: TestDirectory;
beforeAll(async () => {
  installation = await startInstallation();
  const { url: baseUrl, apiKey } = installation.hub;
  client = new RollcallClient({ baseUrl, apiKey });
}, 120_000);
afterAll(() => installation.close());
beforeEach(async () => {
  directory = await installation.hub.connect();
});

async function everyOne<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function textOf(file: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await everyOne(file)).toString();
}

const setActive = (id: string, active: boolean): Promise<unknown> =>
  directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: active });

describe('named consumers', () => {
  it('are read, acknowledged, leased and moved, and say how far behind they are', async () => {
    const filters = { directories: [directory.id], events: ['dsync.user.created'] };
    const made = await client.consumers.create({ name: 'billing', filters, from: 'now' });
    expect(made).toMatchObject({ object: 'consumer', name: 'billing', filters, lease: null });
    const ids = [(await directory.makeUser('ada')).id, (await directory.makeUser('alan')).id];
    const page = await client.consumers.events('billing', { wait: 10, lease: 60 });
    expect(page.data.map(({ data }) => (data as { id: string }).id).slice(0, 1)).toEqual(ids.slice(0, 1));
    const refused = client.consumers.events('billing');
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'consumer_leased' });
    const acked = await client.consumers.ack('billing', {
      event_id: page.data.at(-1)!.id,
      lease_token: page.lease!.token,
    });
    expect(acked).toMatchObject({ moved: true, position: page.data.at(-1)!.id, lease: null });
    await client.consumers.seek('billing', 'beginning');
    expect(await client.consumers.get('billing')).toMatchObject({
      lag: { events: expect.any(Number), seconds: expect.any(Number) },
    });
    expect((await everyOne(client.consumers.all())).map(({ name }) => name)).toContain('billing');
    expect(await client.consumers.delete('billing')).toMatchObject({ name: 'billing', deleted: true });
  });
});

describe('a feed token', () => {
  it('opens its part of the log to a client, and nothing else, until it is deleted', async () => {
    await directory.makeUser('ada');
    const scope = { directory_id: directory.id, events: ['dsync.user.created'] };
    const token = await client.feedTokens.create({ name: 'Billing', ...scope });
    expect(await client.feedTokens.get(token.id)).toMatchObject({ state: 'active', ...scope });
    const reader = new RollcallClient({ baseUrl: installation.hub.url, apiKey: token.bearer_token });
    expect((await everyOne(reader.events.all())).map(({ event }) => event)).toEqual(['dsync.user.created']);
    await expect(reader.users.list()).rejects.toBeInstanceOf(RollcallError);
    const organization_id = directory.organizationId;
    expect(await everyOne(client.feedTokens.all({ organization_id }))).toHaveLength(1);
    await client.feedTokens.delete(token.id);
    await eventually(() =>
      expect(reader.events.list()).rejects.toMatchObject({ status: 401, code: expect.any(String) }),
    );
  });
});

describe('the stream of events', () => {
  it('tells what has happened and what happens, and where it stands, until it is told to stop', async () => {
    await directory.makeUser('ada');
    const stop = new AbortController();
    const stream = client.events.stream({ directory: directory.id, events: ['dsync.user.created'] }, stop);
    const told: AnyEvent[] = [];
    for await (const event of stream) {
      told.push(event);
      expect(stream.cursor).toBe(event.id);
      if (told.length === 1) await directory.makeUser('alan');
      if (told.length === 2) stop.abort();
    }
    const query = { directory: directory.id, events: ['dsync.user.created'] };
    expect(told).toEqual(await everyOne(client.events.all(query)));
    const later = client.events.stream({ ...query, after: told[0]!.id });
    for await (const event of later) {
      expect(event).toEqual(told[1]);
      break;
    }
  });

  it('ends with what is wrong with its cursor', async () => {
    const stream = client.events.stream({ after: 'event_made_up' });
    await expect(everyOne(stream)).rejects.toMatchObject({ status: 400, code: 'invalid_cursor' });
  });
});

describe('a snapshot', () => {
  it('says where it stands before anything else, has everything, and how many there were at its end', async () => {
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Engines', [ada.id]);
    const snapshot = await client.directories.snapshot(directory.id);
    expect(snapshot.standing).toMatchObject({ directory_id: directory.id, sequence: expect.any(Number) });
    expect(snapshot.position_cursor).toMatch(/^event_/);
    expect(snapshot.end).toBeUndefined();
    const items: SnapshotItem[] = await everyOne(snapshot);
    expect(items.map(({ object }) => object)).toEqual([
      'directory_user',
      'directory_group',
      'directory_membership',
    ]);
    expect(items[2]).toMatchObject({ group_id: group.id, user_id: ada.id });
    const digest = await client.directories.digest(directory.id);
    expect(snapshot.end).toEqual({
      users: digest.users,
      groups: digest.groups,
      memberships: digest.memberships,
      digest: digest.digest,
    });
    await expect(everyOne(snapshot)).rejects.toThrow('can be read once');
    const ofAll = await client.organizations.snapshot(directory.organizationId);
    expect(ofAll.standing.sequences).toEqual({ [directory.id]: snapshot.standing.sequence });
    await ofAll.close();
    expect(await client.organizations.digest(directory.organizationId)).toMatchObject({
      object: 'organization_digest',
      digest: digest.digest,
    });
  });

  it('that was cut off is an error, and never a short one', async () => {
    const sink = await Sink.open();
    const lines = [
      '{"object":"snapshot","position_cursor":"event_1"}',
      '{"object":"directory_user","id":"a"}',
    ];
    try {
      const cut = new RollcallClient({ baseUrl: sink.url, apiKey: 'sk_test', retry: { count: 0 } });
      for (const body of [lines.join('\n'), `${lines.join('\n')}\n{"object":"snap`]) {
        sink.answers({ body });
        const snapshot = await cut.directories.snapshot('directory_1');
        await expect(everyOne(snapshot)).rejects.toBeInstanceOf(AnswerCutOff);
        expect(snapshot.end).toBeUndefined();
      }
    } finally {
      await sink.close();
    }
  });

  it('that nobody could read is asked for again', async () => {
    const sink = await Sink.open();
    try {
      sink.answers((_request, index) =>
        index === 0
          ? { status: 503, body: '{"code":"too_many_at_once","message":"…"}' }
          : { body: '{"object":"snapshot","position_cursor":null}\n{"object":"snapshot_end"}\n' },
      );
      const retry = { firstInMilliseconds: 1 };
      const patient = new RollcallClient({ baseUrl: sink.url, apiKey: 'sk_test', retry });
      expect(await everyOne(await patient.directories.snapshot('directory_1'))).toEqual([]);
    } finally {
      await sink.close();
    }
  });
});

describe('a comparison', () => {
  it('reads what is held as a stream, and names what is missing, stale and too much', async () => {
    const [ada, alan] = [await directory.makeUser('ada'), await directory.makeUser('alan')];
    async function* held() {
      yield { object: 'directory_user' as const, id: ada.id, updated_at: '2020-01-01T00:00:00.000Z' };
      yield 'directory_user_01M82J2W7NK049XME9P60SDDH7';
    }
    const comparison = await client.directories.compare(directory.id, held(), { kinds: ['users'] });
    const differences: Difference[] = await everyOne(comparison);
    // Of people there is no order.
    expect(differences.sort((one, other) => one.object.localeCompare(other.object))).toMatchObject([
      { object: 'extra', data: { id: 'directory_user_01M82J2W7NK049XME9P60SDDH7' }, line: 2 },
      { object: 'missing', data: { id: alan.id } },
      { object: 'stale', data: { id: ada.id }, held: { updated_at: '2020-01-01T00:00:00.000Z' } },
    ]);
    expect(comparison.result).toMatchObject({ equal: false, missing: { users: 1 }, extra: { users: 1 } });
    const refused = client.directories.compare(directory.id, ['nonsense']);
    await expect(refused).rejects.toMatchObject({ status: 422, errors: [{ field: 'line 1' }] });
  });
});

describe('a destination', () => {
  it('is told again of whom it may have lost, and its attempts can be read', async () => {
    const sink = await Sink.open();
    try {
      const { id } = await client.webhookEndpoints.create({
        endpoint_url: `${sink.url}/hook`,
        events: ['dsync.user.*'],
        organization_id: directory.organizationId,
      });
      const ada = await directory.makeUser('ada');
      await sink.receives(1);
      const replay = await client.directories.reannounce(directory.id, { destination_id: id, ids: [ada.id] });
      expect(replay).toMatchObject({ object: 'replay', kind: 'snapshot' });
      await sink.receives(2);
      const attempts = await eventually(async () => {
        const { data } = await client.destinations.attempts(id);
        expect(data.length).toBeGreaterThanOrEqual(2);
        return data;
      });
      expect(await client.deliveryAttempts.get(attempts[0]!.id)).toEqual(attempts[0]);
      const [created] = await everyOne(
        client.events.all({ directory: directory.id, events: ['dsync.user.created'] }),
      );
      expect((await client.events.deliveries(created!.id)).data).toMatchObject([
        { object: 'event_delivery', destination_id: id, state: 'delivered' },
      ]);
      expect(await client.destinations.dryRewind(id, 'beginning')).toMatchObject({ total: 1 });
      expect((await client.destinations.parkedDeliveries.list(id)).data).toEqual([]);
      await client.webhookEndpoints.delete(id);
    } finally {
      await sink.close();
    }
  });
});

describe('mappings', () => {
  it('of attributes are previewed, set, and seen in people', async () => {
    const ada = await directory.makeUser('ada', { userType: 'FT' });
    const attributes = [{ name: 'kind', path: 'userType', values: { FT: 'full-time' }, fallback: 'other' }];
    const preview = await client.directories.attributeMapping.preview(directory.id, {
      attributes,
      user_id: ada.id,
    });
    expect(preview.people).toMatchObject([
      { id: ada.id, attributes: { kind: { before: null, after: 'full-time' } }, changes: true, lacks: [] },
    ]);
    expect(await client.directories.attributeMapping.put(directory.id, attributes)).toMatchObject({
      attributes,
    });
    await eventually(async () =>
      expect((await client.users.get(ada.id)).custom_attributes).toMatchObject({ kind: 'full-time' }),
    );
    await eventually(async () =>
      expect((await client.directories.attributeMapping.get(directory.id)).applying).toBeNull(),
    );
  });

  it('of roles give them to who is in a group, and say who has which and why', async () => {
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Admins', [ada.id]);
    const body = { rules: [{ group: { name: 'Admins' }, roles: ['admin'] }], default_role: 'member' };
    const preview = await client.directories.roleMapping.preview(directory.id, body);
    expect(preview).toMatchObject({ looked_at: 1, would_change: 1, after: null });
    await client.organizations.roleMapping.put(directory.organizationId, body);
    expect(await client.directories.roleMapping.get(directory.id)).toMatchObject({ inherited: true });
    const because = [{ rule: { place: 0, ...body.rules[0]! }, groups: [{ id: group.id, name: 'Admins' }] }];
    await eventually(async () =>
      expect((await client.users.roles(ada.id)).data).toEqual([
        { object: 'directory_user_role', slug: 'admin', because },
      ]),
    );
    expect(await everyOne(client.directories.roles.all(directory.id))).toMatchObject([
      { slug: 'admin', users: 1, active_users: 1 },
    ]);
    expect(await everyOne(client.directories.roles.allHolders(directory.id, 'admin'))).toMatchObject([
      { user: { id: ada.id, user_name: 'ada', state: 'active' }, because },
    ]);
  });
});

describe('a sign-in check', () => {
  it('lets in who is active, and nobody who has left or is not known', async () => {
    const emails = [{ value: 'ada@example.com', primary: true }];
    const { id } = await directory.makeUser('ada', { emails });
    const organization_id = directory.organizationId;
    const check = () => client.signInChecks.check({ organization_id, email: 'ADA@example.com' });
    const allowed = await check();
    expect(allowed.decision === 'allow' && allowed.user.id).toBe(id);
    await setActive(id, false);
    expect(await check()).toMatchObject({ decision: 'deny', reason: 'deactivated' });
    const unknown = await client.signInChecks.check({ directory_id: directory.id, user_name: 'nobody' });
    expect(unknown).toMatchObject({ decision: 'unknown', reason: 'not_found', user: null });
  });
});

describe('history', () => {
  it('shows who was in a group then, since when, and who said so', async () => {
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Engines', [ada.id]);
    const then = (await client.directories.digest(directory.id)).position_cursor!;
    await directory.patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${ada.id}"]` });
    const { history } = client;
    const asOf = { as_of: then };
    expect((await history.members(directory.id, group.id, asOf)).data).toMatchObject([{ id: ada.id }]);
    expect(await everyOne(history.allMembers(directory.id, group.id, asOf))).toMatchObject([{ id: ada.id }]);
    expect(await everyOne(history.allUsers(directory.id, asOf))).toHaveLength(1);
    expect(await everyOne(history.allGroups(directory.id, asOf))).toHaveLength(1);
    expect(await everyOne(history.allMemberships(directory.id, asOf))).toMatchObject([
      { user: { id: ada.id }, group: { id: group.id } },
    ]);
    expect((await history.groupsOfUser(directory.id, ada.id, asOf)).data).toMatchObject([{ id: group.id }]);
    expect(await history.user(directory.id, ada.id, then)).toMatchObject({
      id: ada.id,
      as_of: { position: then },
    });
    // Requests are written down right after they were answered.
    await eventually(async () => {
      const [interval] = await everyOne(history.allAccess(directory.id, { group: group.id }));
      expect(interval).toMatchObject({
        member: { id: ada.id, type: 'user' },
        to: { because: 'removed', said_by: { kept: true, request: { method: 'PATCH' } } },
      });
    });
    const timeline = await everyOne(client.users.timeline.all(ada.id, { order: 'asc' }));
    expect(timeline.map(({ membership }) => membership?.change ?? null)).toEqual([null, 'added', 'removed']);
    expect((await textOf(history.files.members(directory.id, group.id, then))).split('\r\n')[1]).toContain(
      ada.id,
    );
    expect(await textOf(history.files.timelineOfUser(ada.id))).toContain('UserCreated');
  });
});

describe('revocations', () => {
  it('say when who was out, and are exported with a signature over all of it', async () => {
    const sink = await Sink.open();
    try {
      const from = new Date(Date.now() - 60_000);
      const { id: destination } = await client.destinations.create({
        protocol: 'signed-call',
        settings: { endpoint_url: `${sink.url}/revoke` },
        organization_id: directory.organizationId,
      });
      const emails = [{ value: 'ada@example.com', primary: true }];
      const { id: person } = await directory.makeUser('ada', { emails });
      await setActive(person, false);
      const revocation = await eventually(
        async () => {
          const [first] = await everyOne(client.revocations.all({ person, destination }));
          expect(first).toMatchObject({
            cause: 'deactivated',
            receipts: [{ state: 'acknowledged', reason: null }],
          });
          return first!;
        },
        { withinInSeconds: 40 },
      );
      const { receipts } = await client.revocations.get(revocation.id);
      expect(receipts).toMatchObject([
        { state: 'acknowledged', kept_attempts: [{ object: 'delivery_attempt' }] },
      ]);
      const to = new Date(Date.now() + 60_000);
      for (const format of ['csv', 'jsonl'] as const) {
        const organization_id = directory.organizationId;
        const file = await textOf(client.revocations.export({ from, to, format, organization_id }));
        const [jws] = /[\w-]+\.[\w-]+\.[\w-]+/.exec(file.trimEnd().split('\n').at(-1)!)!;
        const keys = createRemoteJWKSet(new URL(`${installation.hub.url}/.well-known/jwks-history.json`));
        expect((await jwtVerify(jws!, keys)).payload).toMatchObject({ records: 1, format });
      }
    } finally {
      await sink.close();
    }
  });

  it('that were cut off while they were exported are an error', async () => {
    const sink = await Sink.open();
    try {
      sink.answers({ body: 'txn,cause\r\nevent_1,deactivated\r\n' });
      const cut = new RollcallClient({ baseUrl: sink.url, apiKey: 'sk_test' });
      const file = cut.revocations.export({ from: new Date(0), to: new Date(1), format: 'csv' });
      await expect(textOf(file)).rejects.toBeInstanceOf(AnswerCutOff);
    } finally {
      await sink.close();
    }
  });
});
