// What SCIM 1.1 says and shows, beside its PATCH: draft-scim-core-schema-01 and draft-scim-api-01.
import { describe, expect, it } from '@jest/globals';
import { parseResource } from '../body/parse.js';
import { parseFilter } from '../filter/parse.js';
import { present, type StoredResource } from '../presentation/present.js';
import { parseProjection } from '../presentation/projection.js';
import { attribute } from '../schema/definition.js';
import { extendedShape, shapeOf } from '../schema/lookup.js';
import { refusalOf } from '../testing/refusal.js';
import { schemasV1, schemaV1, serviceProviderConfigV1 } from './discovery.js';
import { errorBodyV1, listResponseV1, presentV1 } from './present.js';
import { queryFromV1 } from './query.js';
import { resourceFromV1 } from './resource.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const CORE_V1 = 'urn:scim:schemas:core:1.0';
const EXT_V1 = 'urn:scim:schemas:extension:enterprise:1.0';
const OKTA_GROUP = 'urn:okta:custom:group:1.0';
const ROOT = 'https://hub.example.com/scim/v1';
const times = { created: '2010-01-23T04:56:22Z', lastModified: '2011-05-13T04:42:34Z' };

const read = (body: unknown) => parseResource('User', resourceFromV1('User', body), 'generic');

describe('a resource that is sent as SCIM 1.1', () => {
  it('is read by the URNs and names of 1.1', () => {
    const body = {
      schemas: [CORE_V1, EXT_V1],
      userName: 'bjensen',
      emails: [{ value: 'b@x.org', type: 'work', primary: 'true' }],
      timezone: 'America/Los_Angeles',
      [EXT_V1]: {
        employeeNumber: 701984,
        manager: { managerId: '2611', $ref: '/Users/2611', displayName: 'Jo' },
      },
    };
    expect(read(body)).toMatchObject({
      attributes: {
        userName: 'bjensen',
        emails: [{ value: 'b@x.org', type: 'work', primary: true }],
        timezone: 'America/Los_Angeles',
        [EXT]: { employeeNumber: '701984', manager: { value: '2611' } },
      },
      ignored: [],
    });
  });

  it.each([
    [{ [EXT_V1]: { manager: { $ref: `${ROOT}/Users/2611` } } }],
    [{ [EXT_V1]: { Manager: { managerID: '2611' } } }],
    [{ [EXT_V1]: { manager: '2611' } }],
    [{ [`${EXT_V1}:manager`]: { managerId: '2611' } }],
    [{ [EXT]: { manager: { value: '2611' } } }],
  ])('means a manager by %j', (body) => {
    expect(read({ userName: 'x', ...body }).attributes[EXT]).toEqual({ manager: { value: '2611' } });
  });

  it('is without the values that it says are to be deleted', () => {
    const emails = [
      { value: 'a@x', operation: 'delete' },
      { value: 'b@x', operation: null },
    ];
    expect(read({ userName: 'x', emails })).toMatchObject({
      attributes: { emails: [{ value: 'b@x' }] },
      ignored: [],
    });
    const one = { value: 'a@x', operation: 'delete' };
    expect(read({ userName: 'x', emails: one }).attributes).toEqual({ userName: 'x' });
    const members = [{ value: 'a', operation: 'delete' }, { value: 'b' }];
    const group = resourceFromV1('Group', { displayName: 'g', members });
    expect(parseResource('Group', group, 'generic').members).toEqual(['b']);
  });

  it("has Okta's description of a group dropped and noted, unless the directory has a schema for it", () => {
    const body = { schemas: [CORE_V1, OKTA_GROUP], displayName: 'g', [OKTA_GROUP]: { description: 'West' } };
    const parsed = parseResource('Group', resourceFromV1('Group', body), 'okta');
    expect(parsed).toMatchObject({ attributes: { displayName: 'g' }, ignored: [OKTA_GROUP, OKTA_GROUP] });
    const attributes = [attribute('description', 'What the group is for.')];
    const shape = extendedShape('Group', [
      { id: OKTA_GROUP, name: 'OktaGroup', description: 'Okta', attributes },
    ]);
    expect(parseResource(shape, resourceFromV1(shape, body), 'okta')).toMatchObject({
      attributes: { displayName: 'g', [OKTA_GROUP]: { description: 'West' } },
      ignored: [],
    });
    const stored: StoredResource = {
      id: 'x',
      version: 1,
      ...times,
      attributes: { displayName: 'g', [OKTA_GROUP]: { description: 'West' } },
    };
    expect(presentV1(present(shape, stored, { baseUrl: ROOT }))).toMatchObject({
      schemas: [CORE_V1, OKTA_GROUP],
      [OKTA_GROUP]: { description: 'West' },
    });
  });

  it('is refused in words when it is no object', () => {
    expect(refusalOf(() => read([]))).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
  });
});

describe('a resource that is shown as SCIM 1.1', () => {
  const stored: StoredResource = {
    id: 'x',
    version: 3,
    ...times,
    attributes: { userName: 'b', [EXT]: { department: 'd', manager: { value: '2611' } } },
  };

  it('has the URNs, the meta and the manager of 1.1', () => {
    const groups = [{ value: 'g', display: 'G', type: 'direct' as const }];
    expect(presentV1(present('User', stored, { baseUrl: ROOT, groups }))).toEqual({
      schemas: [CORE_V1, EXT_V1],
      id: 'x',
      userName: 'b',
      groups: [{ value: 'g', display: 'G', type: 'direct' }],
      [EXT_V1]: { department: 'd', manager: { managerId: '2611', $ref: `${ROOT}/Users/2611` } },
      meta: { ...times, location: `${ROOT}/Users/x`, version: 'W/"3"' },
    });
  });

  it('names members by value, display and type', () => {
    const group = { ...stored, attributes: { displayName: 'G' } };
    const members = [{ value: 'm', type: 'User' as const, display: 'M' }];
    expect(presentV1(present('Group', group, { baseUrl: ROOT, members }))).toMatchObject({
      schemas: [CORE_V1],
      displayName: 'G',
      members: [{ value: 'm', type: 'User', display: 'M' }],
    });
  });

  it('shows what is asked for in the names of 1.1', () => {
    const query = queryFromV1({ attributes: `userName, ${EXT_V1}:manager.managerId` });
    const projection = parseProjection('User', query);
    expect(presentV1(present('User', stored, { baseUrl: ROOT, projection }))).toEqual({
      schemas: [CORE_V1, EXT_V1],
      id: 'x',
      userName: 'b',
      [EXT_V1]: { manager: { managerId: '2611' } },
    });
    const nothing = parseProjection('User', { attributes: 'meta.resourceType,groups.$ref' });
    const groups = [{ value: 'g', display: 'G' }];
    expect(presentV1(present('User', stored, { baseUrl: ROOT, projection: nothing, groups }))).toEqual({
      schemas: [CORE_V1],
      id: 'x',
    });
  });

  it('comes in lists, and errors in a form, of 1.1', () => {
    const page = {
      schemas: ['urn:x'],
      totalResults: 5,
      startIndex: 2,
      itemsPerPage: 1,
      Resources: [{ id: 'x' }],
    };
    expect(listResponseV1(page)).toEqual({ ...page, schemas: [CORE_V1] });
    expect(errorBodyV1({ status: 404, detail: 'Not here.' })).toEqual({
      Errors: [{ description: 'Not here.', code: '404' }],
    });
  });
});

describe('a query of SCIM 1.1', () => {
  const filterOf = (text: string) => parseFilter(queryFromV1({ filter: text })['filter'] ?? '', 'User');

  it.each([
    ['userName Eq "bjensen"', 'userName eq "bjensen"'],
    [`${CORE_V1}:userName sw "b"`, 'userName sw "b"'],
    [`${EXT_V1}:manager.managerId eq "1"`, `${EXT}:manager.value eq "1"`],
    [
      'title pr and (manager.managerId pr or emails co "x")',
      'title pr and (manager.value pr or emails co "x")',
    ],
    ['userName eq "manager.managerId"', 'userName eq "manager.managerId"'],
    ['userName eq "a \\" manager.managerId"', 'userName eq "a \\" manager.managerId"'],
    ['userName%20eq%20%22b%40x.org%22', 'userName eq "b@x.org"'],
    ['userName+eq+%22a%2Bb%22', 'userName eq "a+b"'],
    ['userName eq "100%20"', 'userName eq "100%20"'],
    ['meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified gt "2011-05-13T04:42:34Z"'],
  ])('%s means %s', (text, meaning) => {
    expect(filterOf(text)).toEqual(parseFilter(meaning, 'User'));
  });

  it('is told the position of a mistake where the caller made it', () => {
    const text = 'manager.managerId eq "1" und title pr';
    expect(refusalOf(() => filterOf(text)).detail).toContain(
      `Position ${text.indexOf('und') + 1} of the filter`,
    );
    expect(refusalOf(() => filterOf('userName%20eq%ZZ%20')).status).toBe(400);
  });

  it('sorts by the names of 1.1, and leaves everything else as it is', () => {
    const query = {
      sortBy: `${EXT_V1}:manager.managerId`,
      sortOrder: 'descending',
      startIndex: '1',
      count: '10',
    };
    expect(queryFromV1(query)).toEqual({ ...query, sortBy: `${EXT_V1}:manager.value` });
    expect(queryFromV1({})).toEqual({});
  });
});

describe('what the service says of itself in SCIM 1.1', () => {
  it('is what it can do', () => {
    const config = serviceProviderConfigV1(ROOT, { maxResults: 200, etag: true });
    expect(config).toMatchObject({
      schemas: [CORE_V1],
      patch: { supported: true },
      bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
      filter: { supported: true, maxResults: 200 },
      changePassword: { supported: false },
      sort: { supported: false },
      etag: { supported: true },
      xmlDataFormat: { supported: false },
      authenticationSchemes: [
        { type: 'oauthbearertoken', specUrl: expect.stringContaining('https://'), primary: true },
        { type: 'oauth2', specUrl: expect.stringContaining('https://'), primary: false },
      ],
      meta: { location: `${ROOT}/ServiceProviderConfigs` },
    });
    // OAuth has a 2.0 as well; SCIM's stands in URNs.
    expect(JSON.stringify(config)).not.toMatch(/Uri"|resourceType|:2\.0/);
  });

  const schemaNamed = (name: string) => schemaV1(ROOT, name)!;
  const attributeOf = (schema: string, name: string) =>
    schemaNamed(schema).attributes.find((each) => each.name === name);

  it('is a schema for each type, found by the name of the endpoint, of the type, and by its id', () => {
    expect(schemasV1(ROOT)).toMatchObject({
      schemas: [CORE_V1],
      totalResults: 2,
      itemsPerPage: 2,
      startIndex: 1,
    });
    expect(schemaNamed('Users')).toMatchObject({
      id: `${CORE_V1}:User`,
      name: 'User',
      schema: CORE_V1,
      endpoint: '/Users',
      meta: { location: `${ROOT}/Schemas/Users` },
    });
    for (const name of ['users', 'User', `${CORE_V1}:User`])
      expect(schemaNamed(name)).toEqual(schemaNamed('Users'));
    expect(schemaV1(ROOT, 'Hats')).toBeUndefined();
  });

  it('holds every attribute there is, each with the schema that it comes from', () => {
    const names = schemaNamed('Users').attributes.map(({ name, schema }) => [name, schema]);
    const { attributes, extensions } = shapeOf('User');
    expect(names).toEqual([
      ...attributes.filter(({ name }) => name !== 'schemas').map(({ name }) => [name, CORE_V1]),
      ...extensions.flatMap((each) => each.attributes.map(({ name }) => [name, EXT_V1])),
    ]);
  });

  it('describes attributes in the characteristics of 1.1', () => {
    expect(attributeOf('Users', 'userName')).toEqual({
      name: 'userName',
      type: 'string',
      multiValued: false,
      description: expect.any(String),
      schema: CORE_V1,
      readOnly: false,
      required: true,
      caseExact: false,
    });
    expect(attributeOf('Users', 'emails')).toMatchObject({
      type: 'complex',
      multiValued: true,
      multiValuedAttributeChildName: 'email',
      subAttributes: [
        { name: 'value' },
        { name: 'display' },
        { name: 'type', canonicalValues: ['work', 'home', 'other'] },
        { name: 'primary', type: 'boolean' },
        { name: 'operation', canonicalValues: ['delete'] },
      ],
    });
    const childNames = schemaNamed('Users').attributes.flatMap(
      (each) => each.multiValuedAttributeChildName ?? [],
    );
    expect(childNames).toEqual([
      'email',
      'phoneNumber',
      'im',
      'photo',
      'address',
      'group',
      'entitlement',
      'role',
      'x509Certificate',
    ]);
    const subNames = (schema: string, name: string) =>
      attributeOf(schema, name)?.subAttributes?.map((sub) => sub.name);
    expect(subNames('Users', 'manager')).toEqual(['managerId', '$ref', 'displayName']);
    expect(subNames('Users', 'groups')).toEqual(['value', 'display', 'type']);
    expect(subNames('Groups', 'members')).toEqual(['value', 'type', 'display', 'operation']);
    expect(subNames('Users', 'meta')).toEqual([
      'created',
      'lastModified',
      'location',
      'version',
      'attributes',
    ]);
    expect(attributeOf('Users', 'groups')).toMatchObject({ readOnly: true });
    expect(JSON.stringify(schemasV1(ROOT))).not.toMatch(/"reference"|mutability|urn:ietf/);
  });

  it("tells of a directory's own schema too", () => {
    const attributes = [attribute('description', 'What the group is for.')];
    const shape = extendedShape('Group', [
      { id: OKTA_GROUP, name: 'OktaGroup', description: 'Okta', attributes },
    ]);
    expect(schemaV1(ROOT, 'Groups', ['User', shape])?.attributes).toContainEqual(
      expect.objectContaining({ name: 'description', schema: OKTA_GROUP }),
    );
  });
});
