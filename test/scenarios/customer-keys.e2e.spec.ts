/** Keys that customers show to the application, and keys that the application shows to Rollcall: never the same. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkOS as WorkOS8 } from '@workos-inc/node';
import { WorkOS as WorkOS11 } from 'workos-node-11';
import { eventually } from '../support/eventually.js';
import { expected, TestHub, type Body, type HttpAnswer, type ReadEvent } from '../support/hub.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

function options() {
  const { hostname, port } = new URL(hub.url);
  return { apiHostname: hostname, port: Number(port), https: false };
}

async function told(organizationId: string): Promise<ReadEvent[]> {
  const types = 'api_key.created,api_key.updated,api_key.revoked';
  const query = `organization_id=${organizationId}&events=${types}&limit=100`;
  return expected(200, await hub.api('GET', `/events?${query}`)).body.data as unknown as ReadEvent[];
}

async function makeKey(organizationId: string, more: object = {}): Promise<Body & { value: string }> {
  const path = `/organizations/${organizationId}/api_keys`;
  const { body } = expected(201, await hub.api('POST', path, { name: 'CI', ...more }));
  return body as Body & { value: string };
}

const validate = async (value: string): Promise<Body | null> =>
  expected(200, await hub.api('POST', '/api_keys/validations', { value })).body['api_key'] as Body | null;

async function refused(
  request: () => Promise<HttpAnswer>,
  status: number,
  code: string,
  field?: string,
): Promise<void> {
  const before = await hub.logPosition();
  const answer = await request();
  expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
  if (field !== undefined) expect(answer.body['errors']).toMatchObject([{ field }]);
  expect(await hub.logPosition()).toBe(before);
}

describe.each([
  ['8.13', () => ofSdk8(new WorkOS8(hub.apiKey, options()))],
  ['11.0', () => ofSdk11(new WorkOS11(hub.apiKey, options()))],
])("WorkOS's SDK %s", (_version, client) => {
  it('makes, lists, checks and deletes keys of an organization', async () => {
    const keys = client();
    const organizationId = await hub.makeOrganization();
    const made = await keys.create({ organizationId, name: 'CI', permissions: ['posts:read'] });
    const { value, ...shown } = made;
    expect(value).toMatch(/^sk_[\w-]{43}$/);
    expect(shown).toEqual({
      object: 'api_key',
      id: expect.stringMatching(/^api_key_[0-9A-Z]{26}$/),
      owner: { type: 'organization', id: organizationId },
      name: 'CI',
      obfuscatedValue: `sk_...${value.slice(-4)}`,
      lastUsedAt: null,
      permissions: ['posts:read'],
      createdAt: expect.stringMatching(ISO),
      updatedAt: expect.stringMatching(ISO),
    });
    expect(await keys.validate({ value })).toEqual({ apiKey: shown });
    expect(await keys.validate({ value: 'sk_wrong' })).toEqual({ apiKey: null });
    const second = await keys.create({ organizationId, name: 'Second' });
    const list = await keys.list({ organizationId });
    expect(list.data.map(({ id }) => id)).toEqual([second.id, made.id]);
    await keys.remove(made.id);
    expect(await keys.validate({ value })).toEqual({ apiKey: null });
    await expect(keys.remove(made.id)).rejects.toMatchObject({ status: 404, code: 'entity_not_found' });
    const { data } = await keys.events({ organizationId, events: ['api_key.created', 'api_key.revoked'] });
    expect(data).toMatchObject([
      { event: 'api_key.created', data: shown },
      { event: 'api_key.created', data: { id: second.id } },
      { event: 'api_key.revoked', data: { id: made.id } },
    ]);
  });
});

function ofSdk8({ organizations, apiKeys, events }: WorkOS8) {
  return {
    create: organizations.createOrganizationApiKey.bind(organizations),
    list: organizations.listOrganizationApiKeys.bind(organizations),
    validate: apiKeys.validateApiKey.bind(apiKeys),
    remove: apiKeys.deleteApiKey.bind(apiKeys),
    events: events.listEvents.bind(events) as unknown as WorkOS11['events']['listEvents'],
  };
}

function ofSdk11({ apiKeys, events }: WorkOS11): ReturnType<typeof ofSdk8> {
  return {
    create: apiKeys.createOrganizationApiKey.bind(apiKeys),
    list: apiKeys.listOrganizationApiKeys.bind(apiKeys) as never,
    validate: apiKeys.createValidation.bind(apiKeys) as never,
    remove: apiKeys.deleteApiKey.bind(apiKeys),
    events: events.listEvents.bind(events),
  };
}

describe("a customer's key", () => {
  let organizationId: string;
  beforeAll(async () => {
    organizationId = await hub.makeOrganization();
  });

  it('opens nothing of Rollcall, whatever it may in the application', async () => {
    const { value } = await makeKey(organizationId, { permissions: ['secrets:reveal', 'api_keys:manage'] });
    const directory = await hub.connect({ organizationId });
    const authorization = `Bearer ${value}`;
    for (const path of ['/organizations', '/directories', '/events', '/destinations', '/admin_api_keys'])
      expect((await hub.api('GET', path, undefined, { authorization })).status).toBe(401);
    const scim = `/scim/v2/${directory.id}/Users`;
    expect((await hub.send({ method: 'GET', path: scim, headers: { authorization } })).status).toBe(401);
    const check = await hub.api('POST', '/api_keys/validations', { value }, { authorization });
    expect(check.status).toBe(401);
  });

  it('is not one of Rollcall’s own, and the other way round', async () => {
    expect(await validate(hub.apiKey)).toBeNull();
    const own = expected(200, await hub.api('GET', '/admin_api_keys')).body.data[0]!;
    await refused(() => hub.api('DELETE', `/api_keys/${own.id}`), 404, 'entity_not_found');
    const { id } = await makeKey(organizationId);
    await refused(() => hub.api('DELETE', `/admin_api_keys/${id}`), 404, 'entity_not_found');
  });

  it('is shown once; afterwards only its end is', async () => {
    const { value, ...shown } = await makeKey(organizationId);
    const list = await hub.api('GET', `/organizations/${organizationId}/api_keys`);
    expect(list.text).not.toContain(value.slice(3, 20));
    expect(list.body.data).toContainEqual(shown);
    expect(JSON.stringify(await told(organizationId))).not.toContain(value.slice(3, 20));
  });

  it('ends now, later or never, as one wants', async () => {
    const key = await makeKey(organizationId);
    const path = `/api_keys/${key.id}/expire`;
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const scheduled = expected(200, await hub.api('POST', path, { expires_at: later }));
    expect(scheduled.body).toMatchObject({ id: key.id, expires_at: later });
    expect(scheduled.body).not.toHaveProperty('value');
    expect(expected(200, await hub.api('POST', path, { expires_at: null })).body['expires_at']).toBeNull();
    expect(await validate(key.value)).toMatchObject({ id: key.id, expires_at: null });
    const ended = expected(200, await hub.api('POST', path)).body;
    expect(new Date(ended['expires_at'] as string) <= new Date()).toBe(true);
    expect(await validate(key.value)).toBeNull();
    const events = (await told(organizationId)).filter(({ data }) => data.id === key.id);
    expect(events.map(({ event }) => event)).toEqual([
      'api_key.created',
      'api_key.updated',
      'api_key.updated',
      'api_key.revoked',
    ]);
    expect(events[1]!.data).toMatchObject({ expires_at: later, previous_attributes: { expires_at: null } });
    expect(events[3]!.data).toEqual(ended);
    // It is over: ending it once more is no news, and neither is deleting it.
    await refusedNothing(() => hub.api('POST', path));
    await refusedNothing(() => hub.api('DELETE', `/api_keys/${key.id}`));
  });

  it('that was made for a time is refused after it', async () => {
    const end = new Date(Date.now() + 1_500);
    const key = await makeKey(organizationId, { expires_at: end.toISOString() });
    expect(await validate(key.value)).toMatchObject({ expires_at: end.toISOString() });
    await eventually(async () => expect(await validate(key.value)).toBeNull());
    expect(new Date() >= end).toBe(true);
  });

  it('shows when it was good last, some seconds later', async () => {
    const key = await makeKey(organizationId);
    const before = new Date().toISOString();
    await validate(key.value);
    await eventually(
      async () => {
        const { body } = await hub.api('GET', `/organizations/${organizationId}/api_keys?limit=1`);
        expect(String(body.data[0]!['last_used_at']) >= before).toBe(true);
        expect(body.data[0]!['last_used_at']).toMatch(ISO);
      },
      { withinInSeconds: 20 },
    );
  });

  it('is gone with its organization', async () => {
    const other = await hub.makeOrganization();
    const { value } = await makeKey(other);
    await hub.api('DELETE', `/organizations/${other}`);
    expect(await validate(value)).toBeNull();
  });

  it.each<[string, string, unknown, number, string, string | undefined]>([
    ['without a name', 'ORG', {}, 422, 'invalid_request_parameters', 'name'],
    [
      'with a field that there is none of',
      'ORG',
      { name: 'A', scope: 'x' },
      422,
      'invalid_request_parameters',
      'scope',
    ],
    [
      'with permissions that are no list',
      'ORG',
      { name: 'A', permissions: 'x' },
      422,
      'invalid_request_parameters',
      'permissions',
    ],
    [
      'with an empty permission',
      'ORG',
      { name: 'A', permissions: [''] },
      422,
      'invalid_request_parameters',
      'permissions',
    ],
    [
      'with 101 permissions',
      'ORG',
      { name: 'A', permissions: Array<string>(101).fill('x') },
      422,
      'invalid_request_parameters',
      'permissions',
    ],
    [
      'that is over already',
      'ORG',
      { name: 'A', expires_at: '2020-01-01T00:00:00Z' },
      422,
      'invalid_request_parameters',
      'expires_at',
    ],
    [
      'whose end is no time',
      'ORG',
      { name: 'A', expires_at: 'soon' },
      422,
      'invalid_request_parameters',
      'expires_at',
    ],
    ['of nobody', '/organizations/org_x/api_keys', { name: 'A' }, 404, 'entity_not_found', undefined],
    ['that is to be ended and is none', '/api_keys/api_key_x/expire', {}, 404, 'entity_not_found', undefined],
    [
      'that is to be checked and is missing',
      '/api_keys/validations',
      {},
      422,
      'invalid_request_parameters',
      'value',
    ],
  ])('%s is refused', async (_what, path, body, status, code, field) => {
    const where = path === 'ORG' ? `/organizations/${organizationId}/api_keys` : path;
    await refused(() => hub.api('POST', where, body), status, code, field);
  });

  it('of an unknown organization are not listed', async () => {
    await refused(() => hub.api('GET', '/organizations/org_x/api_keys'), 404, 'entity_not_found');
  });
});

async function refusedNothing(request: () => Promise<HttpAnswer>): Promise<void> {
  const before = await hub.logPosition();
  expect((await request()).status).toBeLessThan(300);
  expect(await hub.logPosition()).toBe(before);
}

describe('a key of Rollcall itself', () => {
  const as = (value: string) => ({ authorization: `Bearer ${value}` });
  const make = async (body: object): Promise<Body & { value: string }> =>
    expected(201, await hub.api('POST', '/admin_api_keys', body)).body as Body & { value: string };

  it('is made, works, is listed without its value, and stops at once when it is revoked', async () => {
    const { value, ...shown } = await make({ name: 'App' });
    expect(shown).toEqual({
      object: 'admin_api_key',
      id: expect.stringMatching(/^api_key_/),
      name: 'App',
      obfuscated_value: `sk_...${value.slice(-4)}`,
      permissions: [],
      created_at: expect.stringMatching(ISO),
    });
    expect((await hub.api('GET', '/directories', undefined, as(value))).status).toBe(200);
    const list = await hub.api('GET', '/admin_api_keys');
    expect(list.body.data).toContainEqual(shown);
    expect(list.text).not.toContain(value.slice(3, 20));
    expect((await hub.api('GET', `/admin_api_keys/${shown.id}`)).body).toEqual(shown);
    expect((await hub.api('DELETE', `/admin_api_keys/${shown.id}`)).status).toBe(204);
    expect((await hub.api('GET', '/directories', undefined, as(value))).status).toBe(401);
    expect((await hub.api('GET', `/admin_api_keys/${shown.id}`)).status).toBe(404);
  });

  it('makes, lists and revokes others only where it may, and gives nothing that it lacks', async () => {
    const plain = await make({ name: 'App' });
    const manager = await make({ name: 'Manager', permissions: ['api_keys:manage'] });
    for (const [method, path, body] of [
      ['POST', '/admin_api_keys', { name: 'Mine' }],
      ['GET', '/admin_api_keys', undefined],
      ['GET', `/admin_api_keys/${plain.id}`, undefined],
      ['DELETE', `/admin_api_keys/${manager.id}`, undefined],
    ] as const) {
      const answer = await hub.api(method, path, body, as(plain.value));
      expect({ status: answer.status, code: answer.body['code'] }).toEqual({
        status: 403,
        code: 'permission_missing',
      });
    }
    const more = { name: 'More', permissions: ['secrets:reveal'] };
    expect((await hub.api('POST', '/admin_api_keys', more, as(manager.value))).status).toBe(403);
    const own = { name: 'Own', permissions: ['api_keys:manage'] };
    expect((await hub.api('POST', '/admin_api_keys', own, as(manager.value))).status).toBe(201);
  });

  it('is refused with a permission that there is none of, and without a name', async () => {
    const unknown = { name: 'A', permissions: ['everything'] };
    await refused(
      () => hub.api('POST', '/admin_api_keys', unknown),
      422,
      'invalid_request_parameters',
      'permissions',
    );
    await refused(() => hub.api('POST', '/admin_api_keys', {}), 422, 'invalid_request_parameters', 'name');
  });

  it('cannot be revoked when it is the last one that could make another', async () => {
    const all = expected(200, await hub.api('GET', '/admin_api_keys?limit=100&order=asc')).body.data;
    const [operator, ...others] = all.filter((key) =>
      (key['permissions'] as string[]).includes('api_keys:manage'),
    );
    for (const { id } of others) expect((await hub.api('DELETE', `/admin_api_keys/${id}`)).status).toBe(204);
    await refused(() => hub.api('DELETE', `/admin_api_keys/${operator!.id}`), 409, 'last_api_key');
    expect((await hub.api('GET', '/admin_api_keys')).status).toBe(200);
  });
});
