/** A directory may declare attributes of its own, and then they are like every other attribute. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { expected, TestHub, USER, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const URN = 'urn:example:params:scim:schemas:extension:acme:2.0:User';
const GROUP_URN = 'urn:example:params:scim:schemas:extension:acme:2.0:Group';
const ACME = {
  resource_type: 'User',
  name: 'Acme',
  description: 'What Acme knows of its people.',
  attributes: [
    { name: 'badge', caseExact: true },
    { name: 'level', type: 'integer' },
    { name: 'since', type: 'dateTime' },
    { name: 'skills', multiValued: true },
    {
      name: 'rooms',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'value' }, { name: 'floor', type: 'integer' }],
    },
  ],
};

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const declare = (directory: TestDirectory, body: object = ACME, urn = URN): Promise<HttpAnswer> =>
  hub.api('PUT', `/directories/${directory.id}/schema_extensions/${urn}`, body);

/** A directory whose every request is read by the schema: it is in force within a second, on every process. */
async function acme(): Promise<TestDirectory> {
  const directory = await hub.connect();
  expected(200, await declare(directory));
  await eventually(async () => expected(200, await directory.scim('GET', `/Schemas/${URN}`)));
  return directory;
}

describe('a declared schema', () => {
  it('is shown by /Schemas and /ResourceTypes of its directory and of no other', async () => {
    const directory = await acme();
    const schema = expected(200, await directory.scim('GET', `/Schemas/${URN}`)).body;
    expect(schema).toMatchObject({ id: URN, name: 'Acme', meta: { resourceType: 'Schema' } });
    expect(schema['attributes']).toMatchObject([
      { name: 'badge', type: 'string', caseExact: true, mutability: 'readWrite', uniqueness: 'none' },
      { name: 'level', type: 'integer' },
      { name: 'since' },
      { name: 'skills', multiValued: true },
      { name: 'rooms', subAttributes: [{ name: 'value' }, { name: 'floor' }] },
    ]);
    const types = expected(200, await directory.scim('GET', '/ResourceTypes/User')).body;
    expect(types['schemaExtensions']).toContainEqual({ schema: URN, required: false });
    const other = await hub.connect();
    expect((await other.scim('GET', `/Schemas/${URN}`)).status).toBe(404);
  });

  it('lets its attributes be written, read, searched, patched, published, and rebuilt into schemas', async () => {
    const directory = await acme();
    const body = {
      schemas: [USER, URN],
      userName: 'ada',
      [URN]: {
        badge: 'A7',
        level: '3',
        since: '2024-05-01T00:00:00+02:00',
        skills: ['sewing'],
        rooms: [{ value: '12', floor: 1 }],
        hat: 'red',
      },
    };
    const ada = expected(201, await directory.scim('POST', '/Users', body)).body;
    await directory.makeUser('bob');
    expect(ada).toMatchObject({ schemas: [USER, URN], [URN]: { badge: 'A7', level: 3 } });
    expect(ada[URN]).not.toHaveProperty('hat');
    const found = async (filter: string): Promise<string[]> => {
      const answer = await directory.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      return expected(200, answer).body.Resources.map(({ userName }) => userName);
    };
    expect(await found(`${URN}:badge eq "A7"`)).toEqual(['ada']);
    expect(await found(`${URN}:badge eq "a7"`)).toEqual([]);
    expect(await found(`${URN}:level gt 2 and ${URN}:skills co "SEW"`)).toEqual(['ada']);
    expect(await found(`${URN}:rooms[floor eq 1 and value eq "12"]`)).toEqual(['ada']);
    expect(await found(`${URN}:since eq "2024-04-30T22:00:00Z"`)).toEqual(['ada']);
    expect(await found(`not (${URN}:level pr)`)).toEqual(['bob']);
    expect(await found(`schemas eq "${URN}"`)).toEqual(['ada']);
    const patched = await directory.patch(`/Users/${ada.id}`, {
      op: 'add',
      path: `${URN}:skills`,
      value: ['flying', 'sewing'],
    });
    expect(patched.body[URN]).toMatchObject({ skills: ['sewing', 'flying'], level: 3 });
    const [, , updated] = await directory.events();
    expect(updated!.data['raw_attributes']).toMatchObject({ [URN]: { skills: ['sewing', 'flying'] } });
  });

  it('refuses a value of the wrong kind by its name, and nothing happens', async () => {
    const directory = await acme();
    const before = await hub.logPosition();
    const answer = await directory.scim('POST', '/Users', { userName: 'ada', [URN]: { level: 'high' } });
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect(answer.body.detail).toContain('level');
    expect(await hub.logPosition()).toBe(before);
  });

  it('may be for groups too', async () => {
    const directory = await acme();
    const attributes = [{ name: 'costCode' }];
    expected(
      200,
      await declare(directory, { resource_type: 'Group', name: 'Acme groups', attributes }, GROUP_URN),
    );
    await eventually(async () => expected(200, await directory.scim('GET', `/Schemas/${GROUP_URN}`)));
    const group = await directory.scim('POST', '/Groups', {
      displayName: 'Pilots',
      [GROUP_URN]: { costcode: 'X1' },
    });
    expect(expected(201, group).body[GROUP_URN]).toEqual({ costCode: 'X1' });
    const found = await directory.scim(
      'GET',
      `/Groups?filter=${encodeURIComponent(`${GROUP_URN}:costCode eq "x1"`)}`,
    );
    expect(found.body.totalResults).toBe(1);
  });
});

describe('declaring', () => {
  it('is listed, read, changed as a whole, and taken back', async () => {
    const directory = await acme();
    const path = `/directories/${directory.id}/schema_extensions`;
    expect((await hub.api('GET', path)).body.data.map(({ id }) => id)).toEqual([URN]);
    const more = { ...ACME, attributes: [...ACME.attributes, { name: 'hat' }] };
    expect((await declare(directory, more, URN.toUpperCase())).body).toMatchObject({
      object: 'schema_extension',
      id: URN,
    });
    expect((await hub.api('GET', `${path}/${URN}`)).body['attributes']).toHaveLength(6);
    expect((await hub.api('DELETE', `${path}/${URN}`)).status).toBe(204);
    expect((await hub.api('GET', `${path}/${URN}`)).status).toBe(404);
    expect((await hub.api('DELETE', `${path}/${URN}`)).status).toBe(404);
  });

  it('two schemas at once are both declared', async () => {
    const directory = await hub.connect();
    const urns = ['a', 'b', 'c', 'd'].map((name) => `urn:example:${name}:2.0:User`);
    await Promise.all(urns.map(async (urn) => expected(200, await declare(directory, ACME, urn))));
    const { body } = await hub.api('GET', `/directories/${directory.id}/schema_extensions`);
    expect(body.data.map(({ id }) => id).sort()).toEqual(urns);
  });

  it('names every mistake with its place', async () => {
    const directory = await hub.connect();
    const answer = await declare(directory, {
      ...ACME,
      attributes: [{ name: 'a b' }, { name: 'c', type: 'date' }],
    });
    expect(answer.status).toBe(422);
    expect((answer.body['errors'] as { field: string }[]).map(({ field }) => field)).toEqual([
      'attributes[0].name',
      'attributes[1].type',
    ]);
  });

  it.each([
    ['an unknown resource type', { ...ACME, resource_type: 'Device' }, URN, 'resource_type'],
    ['an unknown field', { ...ACME, colour: 'red' }, URN, 'colour'],
    ['another id in the body than in the path', { ...ACME, id: GROUP_URN }, URN, 'id'],
    ['a URN of the RFCs', ACME, USER, 'id'],
  ])('is refused for %s', async (_what, body, urn, field) => {
    const directory = await hub.connect();
    const answer = await declare(directory, body, urn);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });

  it('keeps the kind of an attribute that people have values of', async () => {
    const directory = await acme();
    expected(
      201,
      await directory.scim('POST', '/Users', { userName: 'ada', [URN]: { badge: 'A7', level: 1 } }),
    );
    const asNumber = {
      ...ACME,
      attributes: [{ name: 'badge', type: 'integer' }, ...ACME.attributes.slice(1)],
    };
    const refused = await declare(directory, asNumber);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('badge has values of an earlier declaration in 1 resources');
    const skillsGone = { ...ACME, attributes: ACME.attributes.filter(({ name }) => name !== 'skills') };
    expected(200, await declare(directory, skillsGone));
  });

  it('is refused to who has no API key, and for a directory that is not there', async () => {
    const directory = await hub.connect();
    const path = `/directories/${directory.id}/schema_extensions/${URN}`;
    const authorization = `Bearer ${directory.token}`;
    expect((await hub.api('PUT', path, ACME, { authorization })).status).toBe(401);
    expect((await hub.api('PUT', `/directories/directory_x/schema_extensions/${URN}`, ACME)).status).toBe(
      404,
    );
  });
});
