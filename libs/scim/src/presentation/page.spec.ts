import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../testing/refusal.js';
import { listResponse, parsePaging } from './page.js';

const limits = { defaultCount: 100, maxCount: 200 };

describe('a page', () => {
  it.each<[object, number, number]>([
    [{}, 1, 100],
    [{ startIndex: '', count: '' }, 1, 100],
    [{ startIndex: '11', count: '10' }, 11, 10],
    [{ startIndex: '0', count: '0' }, 1, 0],
    [{ startIndex: '-5', count: '-5' }, 1, 0],
    [{ count: '200' }, 1, 200],
    [{ count: '201' }, 1, 200],
    [{ startIndex: '99999999999999999999999' }, Number.MAX_SAFE_INTEGER, 100],
  ])('asked for by %j starts at %i and has at most %i', (query, startIndex, count) => {
    expect(parsePaging(query, limits)).toEqual({ startIndex, count });
  });

  it.each([{ startIndex: 'x' }, { count: '1.5' }, { count: '1e3' }, { startIndex: '0x1' }])(
    'cannot be asked for by %j',
    (query) => {
      expect(refusalOf(() => parsePaging(query, limits))).toMatchObject({
        status: 400,
        scimType: 'invalidValue',
      });
    },
  );

  it('tells the total of all pages, and its own length', () => {
    expect(listResponse([{ id: 'a' }], { totalResults: 12, startIndex: 12 })).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 12,
      startIndex: 12,
      itemsPerPage: 1,
      Resources: [{ id: 'a' }],
    });
  });
});
