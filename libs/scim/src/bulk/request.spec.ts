import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../testing/refusal.js';
import { BULK_REQUEST_URN, parseBulk, type BulkOperation } from './request.js';

const limits = { maxOperations: 3, roots: ['/scim/v2/directory_1', '/scim/v2'] };
const read = (body: unknown) => parseBulk(body, limits);
const one = (operation: unknown): BulkOperation =>
  read({ schemas: [BULK_REQUEST_URN], Operations: [operation] }).operations[0]!;
const refused = (operation: unknown): object | undefined => {
  const { refusal } = one(operation);
  return refusal && { status: refusal.status, scimType: refusal.scimType, detail: refusal.detail };
};
const data = { userName: 'ada' };

describe('the envelope of a bulk', () => {
  it('is read with its names in any case, and what it does not know is passed over and noted', () => {
    const post = { METHOD: 'post', BulkID: ' q ', Path: '/Users', DATA: data, comment: 'first' };
    expect(read({ Schemas: [BULK_REQUEST_URN], FailOnErrors: '2', operations: [post], trace: 1 })).toEqual({
      operations: [
        {
          method: 'POST',
          bulkId: 'q',
          address: { type: 'User' },
          version: undefined,
          data,
          refusal: undefined,
        },
      ],
      failOnErrors: 2,
      ignored: ['trace', 'Operations.comment'],
    });
  });

  it('needs no schemas, but must not have those of something else', () => {
    expect(read({ Operations: [] }).operations).toEqual([]);
    expect(read({ schemas: [BULK_REQUEST_URN.toUpperCase()], Operations: [] }).operations).toEqual([]);
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    expect(refusalOf(() => read({ schemas, Operations: [] }))).toMatchObject({
      status: 400,
      scimType: 'invalidSyntax',
      detail: expect.stringContaining(BULK_REQUEST_URN),
    });
  });

  it.each([undefined, null, 'text', [], {}, { Operations: {} }, { Operations: null }])(
    'without a list of operations is refused: %j',
    (body) => {
      expect(refusalOf(() => read(body))).toMatchObject({ status: 400, scimType: 'invalidSyntax' });
    },
  );

  it.each([
    [1, 1],
    [7, 7],
    ['3', 3],
    [0, 1],
    [null, undefined],
    [undefined, undefined],
  ])('reads failOnErrors %j as %j', (given, meant) => {
    expect(read({ failOnErrors: given, Operations: [] }).failOnErrors).toBe(meant);
  });

  it.each([-1, 1.5, 'many', true, {}])('refuses failOnErrors %j', (failOnErrors) => {
    expect(refusalOf(() => read({ failOnErrors, Operations: [] }))).toMatchObject({
      status: 400,
      scimType: 'invalidSyntax',
    });
  });

  it('with more operations than allowed is refused by 413 that names the limit, before any of them is read', () => {
    expect(refusalOf(() => read({ Operations: [1, 2, 3, 4] }))).toEqual({
      status: 413,
      scimType: undefined,
      detail: 'The number of operations (4) exceeds the maxOperations (3). Send them in several bulks.',
    });
    expect(read({ Operations: [1, 2, 3] }).operations).toHaveLength(3);
  });
});

describe('an operation of a bulk', () => {
  it.each([
    ['/Users', 'POST', { type: 'User' }],
    ['Groups', 'POST', { type: 'Group' }],
    ['/users/', 'POST', { type: 'User' }],
    ['/Users?attributes=userName', 'POST', { type: 'User' }],
    ['https://hub.example.com/scim/v2/Groups', 'POST', { type: 'Group' }],
    ['https://other.example.com:8443/scim/v2/directory_1/Groups', 'POST', { type: 'Group' }],
    ['/scim/v2/Users', 'POST', { type: 'User' }],
    ['/Users/u-1', 'PUT', { type: 'User', id: 'u-1' }],
    ['/Users/a%20b', 'PATCH', { type: 'User', id: 'a b' }],
    ['https://hub.example.com/scim/v2/directory_1/Users/u-1', 'DELETE', { type: 'User', id: 'u-1' }],
    ['/Users/bulkId:q', 'PATCH', { type: 'User', bulkId: 'q' }],
    ['/Groups/bulkId%3Aq', 'DELETE', { type: 'Group', bulkId: 'q' }],
  ])('reads the path %s', (path, method, address) => {
    expect(one({ method, path, bulkId: 'b', data })).toMatchObject({ address, refusal: undefined });
  });

  it.each<[string, unknown, number]>([
    ['of nothing', undefined, 400],
    ['that is blank', '  ', 400],
    ['that is no text', 7, 400],
    ['of an endpoint that does not exist', '/Printers', 404],
    ['that is too long', '/Users/u-1/manager', 404],
    ['of the root', '/', 404],
    ['of another directory', 'https://hub.example.com/scim/v2/directory_2/Users', 404],
    ['of another service', 'https://hub.example.com/Users', 404],
    ['that cannot be decoded', '/Users/%E0%A4%A', 400],
    ['that holds NUL', '/Users/a%00b', 400],
    ['of another bulk', '/Bulk', 501],
    ['of the one who asks', '/Me', 501],
    ['of a search', '/Users/.search', 501],
    ['of a schema', '/Schemas/x', 501],
  ])('is refused for the path %s', (_what, path, status) => {
    expect(refused({ method: 'POST', bulkId: 'q', path, data })).toMatchObject({ status });
  });

  it.each<[string, unknown, object]>([
    ['is no object', 'POST /Users', { status: 400, scimType: 'invalidSyntax' }],
    ['has no method', { path: '/Users', bulkId: 'q', data }, { status: 400, scimType: 'invalidSyntax' }],
    [
      'reads',
      { method: 'GET', path: '/Users/u-1' },
      {
        status: 400,
        scimType: 'invalidSyntax',
        detail: 'The operation needs a method, POST, PUT, PATCH or DELETE; not "GET".',
      },
    ],
    [
      'creates without a bulkId',
      { method: 'POST', path: '/Users', data },
      { status: 400, scimType: 'invalidSyntax' },
    ],
    [
      'has a bulkId that is no text',
      { method: 'POST', path: '/Users', bulkId: {}, data },
      { status: 400, scimType: 'invalidSyntax' },
    ],
    ['creates at a resource', { method: 'POST', path: '/Users/u-1', bulkId: 'q', data }, { status: 405 }],
    ['replaces an endpoint', { method: 'PUT', path: '/Users', data }, { status: 405 }],
    ['deletes an endpoint', { method: 'DELETE', path: '/Groups' }, { status: 405 }],
    ['creates from nothing', { method: 'POST', path: '/Users', bulkId: 'q' }, { status: 400 }],
    [
      'patches by a list',
      { method: 'PATCH', path: '/Users/u-1', data: [] },
      { status: 400, scimType: 'invalidSyntax' },
    ],
    [
      'has a version that is no text',
      { method: 'DELETE', path: '/Users/u-1', version: {} },
      { status: 400, scimType: 'invalidSyntax' },
    ],
  ])('is refused when it %s', (_what, operation, refusal) => {
    expect(refused(operation)).toMatchObject(refusal);
  });

  it('that is refused still says what it was about, as far as it can be known', () => {
    expect(one({ method: 'get', bulkId: 'q', path: '/Users/u-1' })).toMatchObject({
      method: 'get',
      bulkId: 'q',
      address: { type: 'User', id: 'u-1' },
    });
    expect(one({ method: 'patch', path: '/Users/u-1' })).toMatchObject({
      method: 'PATCH',
      address: { id: 'u-1' },
      refusal: expect.objectContaining({
        detail: 'The operation needs an object named data, since its method is PATCH.',
      }),
    });
  });

  it('spoils no other', () => {
    const { operations } = read({
      Operations: [null, { method: 'DELETE', path: '/Users/u-1', version: 'W/"3"' }],
    });
    expect(operations.map(({ refusal }) => refusal?.status)).toEqual([400, undefined]);
    expect(operations[1]).toMatchObject({ version: 'W/"3"' });
  });

  it('takes numbers for texts', () => {
    expect(one({ method: 'POST', bulkId: 7, path: '/Users', data })).toMatchObject({
      bulkId: '7',
      refusal: undefined,
    });
    expect(one({ method: 'DELETE', path: '/Users/u', version: 3 })).toMatchObject({ version: '3' });
  });
});
