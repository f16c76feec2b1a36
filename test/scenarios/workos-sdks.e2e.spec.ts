/** WorkOS's own SDKs, unmodified but for host and key: every call of directory sync, events and webhooks, read from what they deserialise. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as sdk8 from '@workos-inc/node';
import * as sdk11 from 'workos-node-11';
import { expected, USER, type Body, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { Sink } from '../support/index.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

let installation: Installation;
let hub: TestHub;
beforeAll(async () => {
  installation = await startInstallation();
  hub = installation.hub;
}, 60_000);
afterAll(() => installation.close(), 60_000);

// What both have in common has the types of the older one.
const SDKS: [version: string, sdk: typeof sdk8][] = [
  ['8.13.0', sdk8],
  ['11.0.0', sdk11 as unknown as typeof sdk8],
];

function reach(): { apiHostname: string; port: number; https: false } {
  const { hostname, port } = new URL(hub.url);
  return { apiHostname: hostname, port: Number(port), https: false };
}

describe.each(SDKS)('the SDK %s', (version, sdk) => {
  let workos: sdk8.WorkOS;
  let directory: TestDirectory;
  beforeAll(() => {
    workos = new sdk.WorkOS(hub.apiKey, reach());
  });
  beforeEach(async () => {
    directory = await hub.connect({ type: 'okta scim v2.0', name: 'Okta' });
  });

  const idsOf = (list: { id: string }[]): string[] => list.map(({ id }) => id);
  const change = async (path: string, ...operations: object[]): Promise<void> =>
    void expected(path.startsWith('/Users') ? 200 : 204, await directory.patch(path, ...operations));

  /** Ada, who is in one group, as the SDK is to show her. */
  async function ada(): Promise<{ user: Body; group: Body; person: object; team: object }> {
    const emails = [{ value: 'ada@example.com', type: 'work', primary: true }];
    const user = await directory.makeUser('ada@example.com', {
      externalId: 'a-1',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      title: 'Countess',
      emails,
    });
    const group = await directory.makeGroup('Engineering', [user.id]);
    const { organizationId } = directory;
    const times = { createdAt: expect.stringMatching(ISO), updatedAt: expect.stringMatching(ISO) };
    return {
      user,
      group,
      person: {
        object: 'directory_user',
        id: user.id,
        idpId: 'a-1',
        directoryId: directory.id,
        organizationId,
        email: 'ada@example.com',
        firstName: 'Ada',
        lastName: 'Lovelace',
        state: 'active',
        customAttributes: expect.objectContaining({
          ...{ emails, job_title: 'Countess', username: 'ada@example.com', department_name: null },
        }),
        rawAttributes: expect.objectContaining({ userName: 'ada@example.com', title: 'Countess' }),
        ...times,
      },
      team: {
        id: group.id,
        idpId: group.id,
        directoryId: directory.id,
        organizationId,
        name: 'Engineering',
        rawAttributes: { displayName: 'Engineering' },
        ...times,
      },
    };
  }

  describe('directorySync', () => {
    it('lists and reads directories', async () => {
      const { organizationId } = directory;
      const other = await hub.connect({ organizationId, name: 'Entra', type: 'azure scim v2.0' });
      const { data, listMetadata, object } = await workos.directorySync.listDirectories({ organizationId });
      expect([object, idsOf(data), listMetadata]).toEqual([
        'list',
        [other.id, directory.id],
        { before: null, after: null },
      ]);
      expect(await workos.directorySync.getDirectory(directory.id)).toEqual({
        object: 'directory',
        id: directory.id,
        domain: undefined,
        externalKey: directory.id.slice(-10),
        name: 'Okta',
        organizationId,
        state: 'active',
        type: 'okta scim v2.0',
        createdAt: expect.stringMatching(ISO),
        updatedAt: expect.stringMatching(ISO),
      });
      const found = await workos.directorySync.listDirectories({ organizationId, search: 'entr' });
      expect(idsOf(found.data)).toEqual([other.id]);
      const first = await workos.directorySync.listDirectories({ organizationId, limit: 1, order: 'asc' });
      expect([idsOf(first.data), first.listMetadata.after]).toEqual([[directory.id], directory.id]);
    });

    it('deletes a directory', async () => {
      await directory.makeUser('ada');
      expect(await workos.directorySync.deleteDirectory(directory.id)).toBeUndefined();
      const gone = { name: 'NotFoundException', status: 404 };
      await expect(workos.directorySync.getDirectory(directory.id)).rejects.toMatchObject(gone);
      await expect(workos.directorySync.listUsers({ directory: directory.id })).rejects.toMatchObject(gone);
    });

    it('lists and reads people with their groups', async () => {
      const { user, group, person, team } = await ada();
      const bob = await directory.makeUser('bob');
      const shown = { ...person, groups: [team] };
      expect(await workos.directorySync.getUser(user.id)).toEqual(shown);
      const { data, listMetadata } = await workos.directorySync.listUsers({ directory: directory.id });
      expect(data).toEqual([expect.objectContaining({ id: bob.id, email: null, groups: [] }), shown]);
      expect(listMetadata).toEqual({ before: null, after: null });
      expect((await workos.directorySync.listUsers({ group: group.id })).data).toEqual([shown]);
      for (const more of [{ email: 'ADA@example.com' }, { idp_id: 'a-1' }]) {
        const wish = { directory: directory.id, ...more };
        expect((await workos.directorySync.listUsers(wish)).data).toEqual([shown]);
      }
    });

    it('lists and reads groups', async () => {
      const { user, group, team } = await ada();
      const other = await directory.makeGroup('Sales');
      expect(await workos.directorySync.getGroup(group.id)).toEqual(team);
      const all = await workos.directorySync.listGroups({ directory: directory.id });
      expect(idsOf(all.data)).toEqual([other.id, group.id]);
      expect((await workos.directorySync.listGroups({ user: user.id })).data).toEqual([team]);
    });

    it('pages through more people than a page can have, by itself and by hand', async () => {
      const Operations = Array.from({ length: 103 }, (_, index) => ({
        method: 'POST',
        path: '/Users',
        bulkId: `b${index}`,
        data: { schemas: [USER], userName: `user-${index}` },
      }));
      expected(200, await directory.scim('POST', '/Bulk', { schemas: [BULK_REQUEST], Operations }));
      const listed = await workos.directorySync.listUsers({ directory: directory.id });
      const all = await listed.autoPagination();
      expect([listed.data.length, all.length, new Set(idsOf(all)).size]).toEqual([10, 103, 103]);
      const byHand: string[] = [];
      for (let after: string | null | undefined; after !== null;) {
        const wish = { directory: directory.id, limit: 50, ...(after ? { after } : {}) };
        const page = await workos.directorySync.listUsers(wish);
        byHand.push(...idsOf(page.data));
        after = page.listMetadata.after as string | null;
      }
      expect(byHand).toEqual(idsOf(all));
    }, 20_000);
  });

  describe('events', () => {
    it('deserialises every event of a directory', async () => {
      const { organizationId } = directory;
      const { user, group, person, team } = await ada();
      await change(`/Users/${user.id}`, { op: 'replace', path: 'name.familyName', value: 'Byron' });
      await change(`/Groups/${group.id}`, { op: 'replace', path: 'displayName', value: 'Research' });
      await change(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${user.id}"]` });
      expected(204, await directory.scim('DELETE', `/Users/${user.id}`));
      expected(204, await directory.scim('DELETE', `/Groups/${group.id}`));
      await workos.directorySync.deleteDirectory(directory.id);
      const { data, listMetadata } = await workos.events.listEvents({
        organizationId,
        limit: 100,
        events: [
          ...(['dsync.activated', 'dsync.deleted', 'dsync.user.created', 'dsync.user.updated'] as const),
          ...(['dsync.user.deleted', 'dsync.group.created', 'dsync.group.updated'] as const),
          ...(['dsync.group.deleted', 'dsync.group.user_added', 'dsync.group.user_removed'] as const),
          ...(['user.created', 'connection.activated'] as const),
        ],
      });
      const connection = {
        object: 'directory',
        id: directory.id,
        organizationId,
        name: 'Okta',
        type: 'okta scim v2.0',
        state: 'active',
      };
      const renamed = { ...person, lastName: 'Byron' };
      const research = { ...team, name: 'Research', rawAttributes: { displayName: 'Research' } };
      const told: [string, object][] = [
        ['dsync.activated', { ...connection, externalKey: directory.id.slice(-10), domains: [] }],
        ['dsync.user.created', person],
        ['dsync.group.created', team],
        ['dsync.group.user_added', { directoryId: directory.id, user: person, group: team }],
        [
          'dsync.user.updated',
          { ...renamed, previousAttributes: expect.objectContaining({ last_name: 'Lovelace' }) },
        ],
        [
          'dsync.group.updated',
          { ...research, previousAttributes: expect.objectContaining({ name: 'Engineering' }) },
        ],
        ['dsync.group.user_removed', { directoryId: directory.id, user: renamed, group: research }],
        ['dsync.user.deleted', renamed],
        ['dsync.group.deleted', research],
        ['dsync.deleted', connection],
      ];
      expect(data).toMatchObject(
        told.map(([event, of]) => ({
          ...{ event, data: of, id: expect.stringMatching(/^event_[0-9A-Z]{26}$/) },
          createdAt: expect.stringMatching(ISO),
        })),
      );
      // `cursor` is ours; the SDK hands it on.
      expect(listMetadata).toMatchObject({ before: null, after: null });
      expect(JSON.stringify(data)).not.toContain('"groups"');
    });

    it('tells of a directory the domains that its organization had when it was made, whatever became of them', async () => {
      const major = version.split('.')[0]!;
      const [verified, pending, later] = ['verified', 'pending', 'later'].map(
        (which) => `${which}-${major}.example.com`,
      ) as [string, string, string];
      const made = await workos.organizations.createOrganization({
        name: 'Acme',
        domainData: [
          { domain: pending, state: 'pending' as never },
          { domain: verified, state: 'verified' as never },
        ],
      });
      const domainIds = new Map(made.domains.map(({ id, domain }) => [domain, id]));
      const first = await hub.connect({ organizationId: made.id });
      await workos.organizations.updateOrganization({
        organization: made.id,
        domainData: [{ domain: later, state: 'verified' as never }],
      });
      const second = await hub.connect({ organizationId: made.id });
      const { data } = await workos.events.listEvents({
        organizationId: made.id,
        events: ['dsync.activated'],
      });
      const named = (domain: string): object => ({
        object: 'organization_domain',
        id: domainIds.get(domain) ?? expect.stringMatching(/^org_domain_[0-9A-Z]{26}$/),
        domain,
      });
      expect(data.map(({ data: told }) => told)).toMatchObject([
        { object: 'directory', id: first.id, domains: [named(verified), named(pending)] },
        { object: 'directory', id: second.id, domains: [named(later)] },
      ]);
    });

    it('goes on from a cursor, to the end', async () => {
      for (const name of ['1', '2', '3', '4', '5']) await directory.makeUser(name);
      const { organizationId } = directory;
      const events: 'dsync.user.created'[] = ['dsync.user.created'];
      const names: unknown[] = [];
      const pages: number[] = [];
      for (let after: string | null | undefined; after !== null;) {
        const wish = { organizationId, events, limit: 2, ...(after ? { after } : {}) };
        const page = await workos.events.listEvents(wish);
        names.push(...page.data.map(({ data }) => Object(data).rawAttributes.userName));
        pages.push(page.data.length);
        after = page.listMetadata.after as string | null;
      }
      expect([names, pages]).toEqual([
        ['1', '2', '3', '4', '5'],
        [2, 2, 1],
      ]);
    });

    it('are narrowed by time', async () => {
      await directory.makeUser('ada');
      const { organizationId } = directory;
      const listed = async (more: object): Promise<number> =>
        (await workos.events.listEvents({ organizationId, events: ['dsync.user.created'], ...more })).data
          .length;
      expect(await listed({ rangeStart: '2026-01-01', rangeEnd: '2100-01-01T00:00:00Z' })).toBe(1);
      expect(await listed({ rangeStart: '2100-01-01T00:00Z' })).toBe(0);
      expect(await listed({ rangeEnd: '2026-01-01T00:00:00+02:00' })).toBe(0);
    });
  });

  describe('an error', () => {
    it('is the exception that it is for WorkOS, with its code and its message', async () => {
      const stranger = new sdk.WorkOS('sk_wrong', reach());
      const { organizationId } = directory;
      const { directorySync, events } = workos;
      const refusals: [() => Promise<unknown>, string, object][] = [
        [
          () => stranger.directorySync.listUsers({ directory: directory.id }),
          'UnauthorizedException',
          { status: 401 },
        ],
        [
          () => directorySync.getUser('directory_user_x'),
          'NotFoundException',
          {
            ...{ status: 404, code: 'entity_not_found' },
            message: "Directory User not found: 'directory_user_x'.",
          },
        ],
        [
          () => directorySync.getGroup('directory_group_x'),
          'NotFoundException',
          { code: 'entity_not_found' },
        ],
        [() => directorySync.listGroups({ user: 'directory_user_x' }), 'NotFoundException', { status: 404 }],
        [
          () => directorySync.listUsers({ directory: directory.id, limit: 101 }),
          'UnprocessableEntityException',
          {
            status: 422,
            code: 'invalid_request_parameters',
            message: expect.stringContaining('invalid_range'),
          },
        ],
        [
          () => events.listEvents({ organizationId, events: ['dsync.user.created'], after: 'event_x' }),
          'GenericServerException',
          { status: 400, rawData: expect.objectContaining({ code: 'invalid_cursor' }) },
        ],
        [
          () =>
            events.listEvents({ organizationId, events: ['dsync.user.teleported!' as 'dsync.user.created'] }),
          'GenericServerException',
          { status: 400, rawData: expect.objectContaining({ code: 'invalid_events_request' }) },
        ],
      ];
      for (const [refusal, name, fields] of refusals)
        await expect(refusal()).rejects.toMatchObject({ name, ...fields });
    });
  });

  describe('webhooks', () => {
    let sink: Sink;
    beforeEach(async () => {
      sink = await Sink.open();
    });
    afterEach(() => sink.close());

    it('constructs the event from what was delivered, and refuses what was tampered with', async () => {
      const body = {
        endpoint_url: `${sink.url}/hook`,
        events: [],
        organization_id: directory.organizationId,
      };
      const made = expected(201, await hub.api('POST', '/webhook_endpoints', body)).body;
      const secret = String(made['secret']);
      const { user, person, team } = await ada();
      await sink.receives(3);
      const events = await Promise.all(
        sink.received.map(async ({ headers, body: raw }) => {
          const sigHeader = String(headers['workos-signature']);
          const payload = JSON.parse(raw.toString()) as Record<string, unknown>;
          const tampered = { ...payload, id: 'event_x' };
          const wrong = { name: 'SignatureVerificationException' };
          const { webhooks } = workos;
          await expect(
            webhooks.constructEvent({ payload: tampered, sigHeader, secret }),
          ).rejects.toMatchObject(wrong);
          await expect(
            webhooks.constructEvent({ payload, sigHeader, secret: 'whsec_x' }),
          ).rejects.toMatchObject(wrong);
          return webhooks.constructEvent({ payload, sigHeader, secret });
        }),
      );
      expect(events).toMatchObject([
        { event: 'dsync.user.created', data: person },
        { event: 'dsync.group.created', data: team },
        { event: 'dsync.group.user_added', data: { user: person, group: team } },
      ]);
      expect(events[0]!.data).toMatchObject({ id: user.id });
      const { data } = await workos.events.listEvents({
        ...{ organizationId: directory.organizationId, limit: 100 },
        events: ['dsync.user.created', 'dsync.group.created', 'dsync.group.user_added'],
      });
      expect(idsOf(events)).toEqual(idsOf(data));
    });
  });
});

/** Endpoints can be managed since 10.0. */
describe('the SDK 11.0.0', () => {
  let workos: sdk11.WorkOS;
  let sink: Sink;
  let url: string;
  beforeAll(() => {
    workos = new sdk11.WorkOS(hub.apiKey, reach());
  });
  beforeEach(async () => {
    sink = await Sink.open();
    url = `${sink.url}/hook`;
  });
  afterEach(() => sink.close());

  describe('webhooks', () => {
    it('makes, lists, changes and deletes an endpoint', async () => {
      const { webhooks } = workos;
      const made = await webhooks.createWebhookEndpoint({ endpointUrl: url, events: ['dsync.user.created'] });
      expect(made).toEqual({
        object: 'webhook_endpoint',
        id: expect.stringMatching(/^we_[0-9A-Z]{26}$/),
        endpointUrl: url,
        secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
        status: 'enabled',
        events: ['dsync.user.created'],
        createdAt: expect.any(Date),
        updatedAt: expect.any(Date),
      });
      expect(Number.isNaN(made.createdAt.getTime())).toBe(false);
      const { data, listMetadata } = await webhooks.listWebhookEndpoints({ limit: 100 });
      const masked = `whsec_…${made.secret.slice(-4)}`;
      expect(data).toContainEqual({ ...made, secret: masked });
      expect(listMetadata).toEqual({ before: null, after: null });
      const second = await webhooks.createWebhookEndpoint({ endpointUrl: `${url}/2`, events: [] });
      const all = await (await webhooks.listWebhookEndpoints()).autoPagination();
      expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([made.id, second.id]));
      const changed = await webhooks.updateWebhookEndpoint({
        ...{ id: made.id, endpointUrl: `${url}/moved`, status: 'disabled', events: ['dsync.user.deleted'] },
      });
      expect(changed).toMatchObject({
        ...{ id: made.id, endpointUrl: `${url}/moved`, status: 'disabled', secret: masked },
        events: ['dsync.user.deleted'],
      });
      for (const { id } of [made, second])
        expect(await webhooks.deleteWebhookEndpoint({ id })).toBeUndefined();
      await expect(webhooks.deleteWebhookEndpoint({ id: made.id })).rejects.toMatchObject({
        ...{ name: 'NotFoundException', status: 404, code: 'entity_not_found' },
      });
    });

    it('is told what is wrong with an endpoint', async () => {
      const { webhooks } = workos;
      const made = await webhooks.createWebhookEndpoint({ endpointUrl: url, events: [] });
      const other = await webhooks.createWebhookEndpoint({ endpointUrl: `${url}/other`, events: [] });
      const duplicate = { name: 'ConflictException', status: 409, code: 'duplicate_endpoint' };
      await expect(webhooks.createWebhookEndpoint({ endpointUrl: url, events: [] })).rejects.toMatchObject(
        duplicate,
      );
      const move = webhooks.updateWebhookEndpoint({ id: other.id, endpointUrl: url });
      await expect(move).rejects.toMatchObject(duplicate);
      const same = await webhooks.updateWebhookEndpoint({ id: made.id, endpointUrl: url });
      expect(same).toMatchObject({ id: made.id, endpointUrl: url });
      for (const endpointUrl of ['nonsense', 'ftp://example.com/x', 'https://10.0.0.1/'])
        await expect(webhooks.createWebhookEndpoint({ endpointUrl, events: [] })).rejects.toMatchObject({
          ...{ name: 'UnprocessableEntityException', status: 422, code: 'invalid_url' },
        });
      const events = ['dsync.user.teleported' as 'dsync.user.created', 'nonsense' as 'dsync.user.created'];
      await expect(webhooks.createWebhookEndpoint({ endpointUrl: `${url}/3`, events })).rejects.toMatchObject(
        {
          ...{ name: 'UnprocessableEntityException', code: 'invalid_request_parameters' },
          message: expect.stringContaining('unknown_event_type'),
        },
      );
      await expect(webhooks.updateWebhookEndpoint({ id: 'we_x', status: 'enabled' })).rejects.toMatchObject({
        name: 'NotFoundException',
        code: 'entity_not_found',
      });
    });

    it('constructs the event from the text and from the bytes of the body as well', async () => {
      const directory = await hub.connect();
      const body = { endpoint_url: url, events: [], organization_id: directory.organizationId };
      const { secret } = expected(201, await hub.api('POST', '/webhook_endpoints', body)).body;
      await directory.makeUser('zoë \\ "quoted" \u2028 😀');
      const [request] = await sink.receives(1);
      const sigHeader = String(request!.headers['workos-signature']);
      for (const payload of [request!.body.toString(), request!.body, new Uint8Array(request!.body)]) {
        const event = await workos.webhooks.constructEvent({ payload, sigHeader, secret: String(secret) });
        expect(event).toMatchObject({ event: 'dsync.user.created', data: { directoryId: directory.id } });
      }
    });
  });
});
