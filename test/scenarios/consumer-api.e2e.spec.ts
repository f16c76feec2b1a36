/** The API of those who consume directories, in the words of WorkOS, and its own SDK as a witness. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import {
  expected,
  TestDirectory,
  TestHub,
  type Body,
  type HttpAnswer,
  type ReadEvent,
} from '../support/hub.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

/** JSON always, the id of the request always, and no `error` at the top, by which SDKs would lose the message. */
function expectRefusal(answer: HttpAnswer, status: number, code: string, message: RegExp): void {
  expect({ status: answer.status, code: answer.body['code'], error: answer.body['error'] }).toEqual({
    status,
    code,
    error: undefined,
  });
  expect(answer.body['message']).toMatch(message);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers['x-request-id']).toMatch(/^req_[0-9A-Z]{26}$/);
}

const read = (path: string): Promise<HttpAnswer> => hub.api('GET', path);
const idsOf = ({ data }: Body): string[] => data.map(({ id }) => id);

describe('every answer', () => {
  it.each<[string, string, string, unknown, number, string]>([
    ['an unknown route', 'GET', '/nowhere', undefined, 404, 'route_not_found'],
    ['a method that the route does not have', 'PATCH', '/directories', {}, 405, 'method_not_allowed'],
    ['broken JSON', 'POST', '/organizations', '{"name":', 400, 'invalid_json'],
    ['a body that is missing', 'POST', '/organizations', '', 422, 'invalid_request_parameters'],
    ['a field that is missing', 'POST', '/organizations', {}, 422, 'invalid_request_parameters'],
    ['a field of another type', 'POST', '/organizations', { name: 5 }, 422, 'invalid_request_parameters'],
    ['a list as a body', 'POST', '/organizations', [], 422, 'invalid_request_parameters'],
    ['an unknown organization', 'GET', '/organizations/org_x', undefined, 404, 'entity_not_found'],
    ['an unknown directory', 'GET', '/directories/directory_x', undefined, 404, 'entity_not_found'],
    [
      'deleting an unknown directory',
      'DELETE',
      '/directories/directory_x',
      undefined,
      404,
      'entity_not_found',
    ],
    ['a path that is no URL', 'GET', '/directories/%zz', undefined, 400, 'bad_request'],
    ['a path that is too long', 'GET', `/directories/${'x'.repeat(500)}`, undefined, 414, 'path_too_long'],
    ['a path that holds NUL', 'GET', '/directories/%00', undefined, 400, 'bad_request'],
  ])('to %s is JSON with a code and a message', async (_what, method, path, body, status, code) => {
    expectRefusal(await hub.api(method, path, body), status, code, /./);
  });

  it.each<[string, string, unknown]>([
    ['GET', '/directories?search=%00', undefined],
    ['GET', '/directories?organization_id=%00', undefined],
    ['GET', '/directories?after=%00', undefined],
    ['GET', '/events?organization_id=a%00b', undefined],
    ['POST', '/organizations', { name: 'Ac\0me' }],
    ['POST', '/directories', { organization_id: 'org\0', name: 'X' }],
  ])('to %s %s with NUL in it is 422', async (method, path, body) => {
    expectRefusal(await hub.api(method, path, body), 422, 'invalid_request_parameters', /NUL/);
  });

  it('to a wrong key, a token, or none at all is 401', async () => {
    const directory = await hub.connect();
    for (const authorization of ['', 'Bearer sk_wrong', hub.apiKey, `Bearer ${directory.token}`])
      for (const path of ['/organizations/x', '/directories', '/events'])
        expectRefusal(await hub.api('GET', path, undefined, { authorization }), 401, 'unauthorized', /sk_/);
  });

  it('to another content type is 415', async () => {
    const answer = await hub.api('POST', '/organizations', 'name=Acme', { 'content-type': 'text/plain' });
    expectRefusal(answer, 415, 'unsupported_media_type', /application\/json/);
  });

  it('names the field that is wrong', async () => {
    const answer = await hub.api('POST', '/organizations', { name: 'Acme', colour: 'red' });
    expect(answer.body['errors']).toMatchObject([{ field: 'colour', code: 'unknown_field' }]);
    const missing = await hub.api('POST', '/directories', { organization_id: 'org_x' });
    expect(missing.body['errors']).toMatchObject([{ field: 'name', code: 'required' }]);
  });

  it('comes also when a request without a body says that its body is JSON', async () => {
    const { id } = await hub.connect();
    const headers = { 'content-type': 'application/json' };
    expect((await hub.api('GET', `/directories/${id}`, undefined, headers)).status).toBe(200);
    expect((await hub.api('GET', '/events', undefined, headers)).status).toBe(200);
    expect((await hub.api('DELETE', `/directories/${id}`, undefined, headers)).status).toBe(202);
  });
});

describe('an organization', () => {
  it('is made and read', async () => {
    const made = expected(201, await hub.api('POST', '/organizations', { name: 'Acme Inc.' }));
    expect(made.body).toEqual({
      object: 'organization',
      id: expect.stringMatching(/^org_[0-9A-Z]{26}$/),
      name: 'Acme Inc.',
      allow_profiles_outside_organization: false,
      domains: [],
      metadata: {},
      external_id: null,
      created_at: expect.stringMatching(ISO),
      updated_at: expect.stringMatching(ISO),
    });
    expect((await read(`/organizations/${made.body.id}`)).body).toEqual(made.body);
  });
});

describe('a directory', () => {
  it('is made with a token that is shown once, and its activation is an event', async () => {
    const organizationId = await hub.makeOrganization();
    const wish = { organization_id: organizationId, name: 'Okta', type: 'okta scim v2.0' };
    const { scim, ...directory } = expected(201, await hub.api('POST', '/directories', wish)).body;
    expect(directory).toEqual({
      object: 'directory',
      ...wish,
      id: expect.stringMatching(/^directory_[0-9A-Z]{26}$/),
      external_key: expect.any(String),
      state: 'linked',
      metadata: { users: { active: 0, inactive: 0 }, groups: 0 },
      settings: {
        delete_policy: 'delete',
        purge_after_days: null,
        deactivations_published_as: 'updated',
        just_in_time: false,
      },
      created_at: expect.stringMatching(ISO),
      updated_at: expect.stringMatching(ISO),
    });
    expect(scim.base_url).toBe(`${hub.url}/scim/v2/${directory['id']}`);
    const headers = { authorization: `Bearer ${scim.bearer_token}` };
    const path = new URL(`${scim.base_url}/Users`).pathname;
    expect((await hub.send({ method: 'GET', path, headers })).status).toBe(200);
    const shown = await read(`/directories/${directory['id']}`);
    expect(shown.body).toEqual(directory);
    expect(shown.text).not.toContain(scim.bearer_token);
    const { state: _, settings: __, metadata: ___, ...facts } = directory;
    const events = await hub.events(organizationId);
    expect(events).toMatchObject([
      { event: 'dsync.activated', data: { ...facts, state: 'active', domains: [] } },
    ]);
    expect(JSON.stringify(events)).not.toContain(scim.bearer_token);
  });

  it('is generic unless somebody says more, and belongs to an organization that exists', async () => {
    const organizationId = await hub.makeOrganization();
    const plain = await hub.api('POST', '/directories', { organization_id: organizationId, name: 'X' });
    expect(plain.body).toMatchObject({ type: 'generic scim v2.0' });
    const orphan = await hub.api('POST', '/directories', { organization_id: 'org_x', name: 'X' });
    expectRefusal(orphan, 422, 'invalid_request_parameters', /names no organization/);
    const loud = { organization_id: organizationId, name: 'X', type: 'Okta!' };
    expectRefusal(
      await hub.api('POST', '/directories', loud),
      422,
      'invalid_request_parameters',
      /lower case/,
    );
  });

  it('is found by organization and by a part of its name in any case', async () => {
    const organizationId = await hub.makeOrganization();
    const sales = await hub.connect({ organizationId, name: 'Sales Europe' });
    const research = await hub.connect({ organizationId, name: 'Research' });
    const found = async (query: string): Promise<string[]> =>
      idsOf((await read(`/directories?organization_id=${organizationId}${query}`)).body);
    expect(await found('')).toEqual([research.id, sales.id]);
    expect(await found('&search=EUROPE')).toEqual([sales.id]);
    expect(await found('&search=%25')).toEqual([]);
    expect(await found('&search=nobody')).toEqual([]);
    expect(await found('&domain=nowhere.example')).toEqual([]);
  });

  it('is listed page by page, both ways and in both orders', async () => {
    const organizationId = await hub.makeOrganization();
    const ids: string[] = [];
    for (const name of ['1', '2', '3', '4', '5']) ids.push((await hub.connect({ organizationId, name })).id);
    const page = async (query: string): Promise<[string[], string | null, string | null]> => {
      const { body } = expected(
        200,
        await read(`/directories?organization_id=${organizationId}&limit=2&${query}`),
      );
      expect(body).toMatchObject({ object: 'list' });
      const indexes = idsOf(body).map((id) => String(ids.indexOf(id) + 1));
      return [indexes, body.list_metadata.before, body.list_metadata.after];
    };
    const at = (number: number): string => ids[number - 1]!;
    expect(await page('')).toEqual([['5', '4'], null, at(4)]);
    expect(await page(`after=${at(4)}`)).toEqual([['3', '2'], at(3), at(2)]);
    expect(await page(`after=${at(2)}`)).toEqual([['1'], at(1), null]);
    expect(await page(`before=${at(1)}`)).toEqual([['3', '2'], at(3), at(2)]);
    expect(await page(`before=${at(3)}`)).toEqual([['5', '4'], null, at(4)]);
    expect(await page('order=asc')).toEqual([['1', '2'], null, at(2)]);
    expect(await page(`order=asc&after=${at(4)}`)).toEqual([['5'], at(5), null]);
    // A cursor outlives what it pointed to.
    expect((await hub.api('DELETE', `/directories/${at(4)}`)).status).toBe(202);
    expect(await page(`after=${at(4)}`)).toEqual([['3', '2'], at(3), at(2)]);
  });

  it('is deleted with one event, and nothing for each person and group', async () => {
    const directory = await hub.connect();
    await directory.makeGroup('Engineering', [(await directory.makeUser('ada')).id]);
    const before = await hub.events(directory.organizationId);
    const answer = await hub.api('DELETE', `/directories/${directory.id}`);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expectRefusal(
      await read(`/directories/${directory.id}`),
      404,
      'entity_not_found',
      /^Directory not found/,
    );
    const [deleted, ...more] = (await hub.events(directory.organizationId)).slice(before.length);
    expect(deleted).toMatchObject({
      event: 'dsync.deleted',
      data: { object: 'directory', id: directory.id, state: 'active' },
      context: { sequence: 5, cause: 'DirectoryDeleted' },
    });
    for (const name of ['external_key', 'domains', 'domain']) expect(deleted!.data).not.toHaveProperty(name);
    expect(more).toEqual([]);
  });
});

describe('the events', () => {
  let directory: TestDirectory;
  let all: ReadEvent[];
  beforeAll(async () => {
    directory = await hub.connect();
    const ada = await directory.makeUser('ada@example.com');
    const bob = await directory.makeUser('bob@example.com');
    await directory.makeGroup('Engineering', [ada.id, bob.id]);
    await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false });
    all = await hub.events(directory.organizationId);
  });

  const page = async (query: string): Promise<{ ids: string[]; after: string | null }> => {
    const { body } = expected(200, await read(`/events?organization_id=${directory.organizationId}${query}`));
    return { ids: idsOf(body), after: body.list_metadata.after };
  };
  const idsAt = (...indexes: number[]): string[] => indexes.map((index) => all[index]!.id);

  it('are told oldest first, each with its id, its time and its number', () => {
    expect(all.map(({ event }) => event)).toEqual([
      'dsync.activated',
      'dsync.user.created',
      'dsync.user.created',
      'dsync.group.created',
      'dsync.group.user_added',
      'dsync.group.user_added',
      'dsync.user.updated',
    ]);
    for (const [index, event] of all.entries())
      expect(event).toEqual({
        object: 'event',
        id: expect.stringMatching(/^event_[0-9A-Z]{26}$/),
        event: expect.any(String),
        data: expect.any(Object),
        created_at: expect.stringMatching(ISO),
        context: {
          sequence: index + 1,
          cause: expect.any(String),
          request_id: expect.stringMatching(/^req_/),
        },
      });
  });

  it('are in the same order whatever order is asked for', async () => {
    for (const order of ['desc', 'asc', 'normal', ''])
      expect((await page(`&order=${order}`)).ids).toEqual(all.map(({ id }) => id));
  });

  it('come in pages, whose cursor is the id of the last event and null when nothing is left', async () => {
    const first = await page('&limit=3');
    expect(first).toEqual({ ids: idsAt(0, 1, 2), after: all[2]!.id });
    const second = await page(`&limit=3&after=${first.after}`);
    expect(second).toEqual({ ids: idsAt(3, 4, 5), after: all[5]!.id });
    expect(await page(`&limit=3&after=${second.after}`)).toEqual({ ids: idsAt(6), after: null });
    expect(await page(`&after=${all[6]!.id}`)).toEqual({ ids: [], after: null });
    expect(await page('&limit=7')).toMatchObject({ after: null });
    const { body } = await read('/events?limit=1');
    expect(body.list_metadata.before).toBeNull();
  });

  it('go on from a cursor of a type or an organization that is not asked for', async () => {
    const added = '&events=dsync.group.user_added';
    expect((await page(`${added}&after=${all[1]!.id}`)).ids).toEqual(idsAt(4, 5));
    expect((await page(`${added}&after=${all[4]!.id}`)).ids).toEqual(idsAt(5));
    const elsewhere = await hub.connect();
    const [foreign] = await hub.events(elsewhere.organizationId);
    const late = await directory.makeUser('late@example.com');
    const { body } = await read(`/events?organization_id=${directory.organizationId}&after=${foreign!.id}`);
    expect(body.data).toMatchObject([{ event: 'dsync.user.created', data: { id: late.id } }]);
    all = await hub.events(directory.organizationId);
  });

  it.each([
    'event_01EHZNVPK3SFK441A1RGBFSHRT',
    'event_',
    'nonsense',
    'directory_user_01EHZNVPK3SFK441A1RGBFSHRT',
  ])('refuse the made-up cursor %s with 400, so that a poller starts again', async (cursor) => {
    expectRefusal(await read(`/events?after=${cursor}`), 400, 'invalid_cursor', /not the id of an event/);
  });

  it.each(['0', '1001', '-1', '1.5', 'many'])('refuse the limit %s with 422', async (limit) => {
    const answer = await read(`/events?limit=${limit}`);
    expectRefusal(answer, 422, 'invalid_request_parameters', /from 1 to 1000/);
    expect(answer.body['errors']).toMatchObject([{ field: 'limit' }]);
  });

  it('come ten to a page unless somebody asks for up to a thousand', async () => {
    await Promise.all(Array.from({ length: 12 }, (_each, index) => directory.makeUser(`more-${index}`)));
    expect((await page('')).ids).toHaveLength(10);
    expect((await page('&limit=1')).ids).toHaveLength(1);
    expect((await page('&limit=1000')).ids).toHaveLength(20);
    all = await hub.events(directory.organizationId);
  });

  it.each([
    'events=dsync.group.created,dsync.user.updated',
    'events=dsync.group.created&events=dsync.user.updated',
    'events[]=dsync.group.created&events[]=dsync.user.updated',
    'events[0]=dsync.group.created&events[1]=dsync.user.updated',
    'events%5B%5D=dsync.group.created&events%5B%5D=dsync.user.updated',
    'events=dsync.group.created%2Cdsync.user.updated',
  ])('are chosen by %s', async (spelling) => {
    expect((await page(`&${spelling}`)).ids).toEqual(idsAt(3, 6));
  });

  it('are all of them when the list of types is empty', async () => {
    expect((await page('&limit=100&events=')).ids).toEqual(all.map(({ id }) => id));
  });

  it('refuse a name that no event ever had', async () => {
    const answer = await read('/events?events=dsync.user.created,dsync.user.teleported!');
    const sentence = "Invalid name parameter, received: 'dsync.user.teleported!'";
    expectRefusal(answer, 400, 'invalid_events_request', new RegExp(sentence));
  });

  it('accept the names of WorkOS that are never told here', async () => {
    const never = ['user.created', 'connection.activated', 'organization.updated', 'dsync.token.created'];
    expect((await page(`&events=${never.join()}`)).ids).toEqual([]);
    expect((await page(`&events=${never.join()},dsync.group.created`)).ids).toEqual(idsAt(3));
  });

  it('of one organization are not told to another', async () => {
    const other = await hub.connect();
    await other.makeUser('eve@example.com');
    const theirs = (await hub.events(other.organizationId)).map(({ id }) => id);
    expect(theirs).toHaveLength(2);
    expect((await page('&limit=100')).ids.filter((id) => theirs.includes(id))).toEqual([]);
    expect(idsOf((await read('/events?organization_id=org_x')).body)).toEqual([]);
  });

  it('are chosen by time', async () => {
    const from = all[3]!.created_at;
    const since = all.filter(({ created_at: time }) => time >= from).map(({ id }) => id);
    expect((await page(`&limit=100&range_start=${from}`)).ids).toEqual(since);
    const until = all.filter(({ created_at: time }) => time < from).map(({ id }) => id);
    expect((await page(`&limit=100&range_end=${from}`)).ids).toEqual(until);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    expect((await page(`&range_start=${tomorrow}`)).ids).toEqual([]);
    expect((await page(`&limit=100&range_start=2020-01-01`)).ids).toHaveLength(all.length);
    expect((await page('&limit=1&range_start=2020-01-01T00%3A00%2B02%3A00')).ids).toEqual(idsAt(0));
    const answer = await read('/events?range_start=yesterday');
    expectRefusal(answer, 422, 'invalid_request_parameters', /range_start must be an ISO 8601/);
  });

  it('outlive the directory', async () => {
    const gone = await hub.connect();
    await gone.makeUser('ada');
    await hub.api('DELETE', `/directories/${gone.id}`);
    const events = (await hub.events(gone.organizationId)).map(({ event }) => event);
    expect(events).toEqual(['dsync.activated', 'dsync.user.created', 'dsync.deleted']);
  });
});

describe("WorkOS's own SDK", () => {
  let workos: WorkOS;
  beforeAll(() => {
    const { hostname, port } = new URL(hub.url);
    workos = new WorkOS(hub.apiKey, { apiHostname: hostname, port: Number(port), https: false });
  });

  it('makes and reads an organization', async () => {
    const made = await workos.organizations.createOrganization({ name: 'Acme' });
    expect(made).toMatchObject({ object: 'organization', name: 'Acme', domains: [], metadata: {} });
    expect(made.createdAt).toMatch(ISO);
    expect(await workos.organizations.getOrganization(made.id)).toEqual(made);
  });

  it('lists, reads and deletes directories', async () => {
    const organizationId = await hub.makeOrganization();
    const directory = await hub.connect({ organizationId, name: 'Okta', type: 'okta scim v2.0' });
    const other = await hub.connect({ organizationId, name: 'Entra', type: 'azure scim v2.0' });
    const { data, listMetadata } = await workos.directorySync.listDirectories({ organizationId });
    expect(data.map(({ id }) => id)).toEqual([other.id, directory.id]);
    expect(listMetadata).toEqual({ before: null, after: null });
    const found = await workos.directorySync.getDirectory(directory.id);
    expect(found).toMatchObject({
      object: 'directory',
      id: directory.id,
      organizationId,
      name: 'Okta',
      type: 'okta scim v2.0',
      state: 'active',
    });
    await workos.directorySync.deleteDirectory(directory.id);
    const refusal = workos.directorySync.getDirectory(directory.id);
    await expect(refusal).rejects.toMatchObject({ status: 404, code: 'entity_not_found' });
  });

  it('pages through all directories by itself', async () => {
    const organizationId = await hub.makeOrganization();
    const ids = new Set<string>();
    for (const name of ['1', '2', '3']) ids.add((await hub.connect({ organizationId, name })).id);
    const pages = await workos.directorySync.listDirectories({ organizationId });
    expect(new Set((await pages.autoPagination()).map(({ id }) => id))).toEqual(ids);
  });

  it('reads the events with their data, and goes on from a cursor', async () => {
    const directory = await hub.connect();
    const { organizationId } = directory;
    const emails = [{ value: 'ada@example.com', type: 'work', primary: true }];
    const name = { givenName: 'Ada', familyName: 'Lovelace' };
    const ada = await directory.makeUser('ada@example.com', { externalId: 'a-1', name, emails });
    const group = await directory.makeGroup('Engineering', [ada.id]);
    await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false });
    const { data, listMetadata } = await workos.events.listEvents({
      organizationId,
      events: ['dsync.user.created', 'dsync.user.updated', 'dsync.group.user_added', 'user.created'],
    });
    const person = { id: ada.id, idpId: 'a-1', directoryId: directory.id, organizationId, firstName: 'Ada' };
    expect(data).toMatchObject([
      {
        event: 'dsync.user.created',
        data: { ...person, state: 'active', lastName: 'Lovelace', customAttributes: { emails } },
      },
      {
        event: 'dsync.group.user_added',
        data: { directoryId: directory.id, user: person, group: { id: group.id, name: 'Engineering' } },
      },
      {
        event: 'dsync.user.updated',
        data: { ...person, state: 'inactive', previousAttributes: { state: 'active' } },
      },
    ]);
    expect(listMetadata).toMatchObject({ after: null });
    const rest = await workos.events.listEvents({
      organizationId,
      events: ['dsync.user.updated'],
      after: data[1]!.id,
    });
    expect(rest.data.map(({ id }) => id)).toEqual([data[2]!.id]);
  });

  it('hears what is wrong', async () => {
    const { hostname, port } = new URL(hub.url);
    const stranger = new WorkOS('sk_wrong', { apiHostname: hostname, port: Number(port), https: false });
    await expect(stranger.directorySync.listDirectories()).rejects.toMatchObject({ status: 401 });
    const name = 'x'.repeat(201);
    await expect(workos.organizations.createOrganization({ name })).rejects.toMatchObject({ status: 422 });
    const cursor = workos.events.listEvents({ events: ['dsync.user.created'], after: 'event_x' });
    await expect(cursor).rejects.toMatchObject({ status: 400, rawData: { code: 'invalid_cursor' } });
  });
});
