import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../testing/refusal.js';
import { cursorResponse, parseCursorPaging } from './cursor.js';

const limits = { defaultCount: 100, maxCount: 200 };

describe('a page by cursor', () => {
  it.each<[object, object | undefined]>([
    [{}, undefined],
    [{ startIndex: '1', count: '10' }, undefined],
    [{ cursor: '' }, { cursor: '', count: 100 }],
    [
      { cursor: '', count: '' },
      { cursor: '', count: 100 },
    ],
    [
      { cursor: 'abc', count: '1' },
      { cursor: 'abc', count: 1 },
    ],
    [
      { cursor: 'abc', count: '200' },
      { cursor: 'abc', count: 200 },
    ],
    [
      { cursor: 'abc', count: '201' },
      { cursor: 'abc', count: 200 },
    ],
    [
      { cursor: '', startIndex: '' },
      { cursor: '', count: 100 },
    ],
  ])('is asked for by %j', (query, paging) => {
    expect(parseCursorPaging(query, limits)).toEqual(paging);
  });

  it.each(['0', '-1', '1.5', 'many', '1e2'])('cannot have a count of %s', (count) => {
    expect(refusalOf(() => parseCursorPaging({ cursor: '', count }, limits))).toMatchObject({
      status: 400,
      scimType: 'invalidCount',
      detail: `With a cursor, count must be a whole number from 1 to 200, not "${count}".`,
    });
  });

  it('cannot be asked for by index as well', () => {
    const both = (): unknown => parseCursorPaging({ cursor: '', startIndex: '1' }, limits);
    expect(refusalOf(both)).toMatchObject({ status: 400, scimType: 'invalidCursor' });
  });

  it('names the pages beside it, and no index', () => {
    const page = cursorResponse([{ id: 'a' }], {
      totalResults: 3,
      nextCursor: 'n',
      previousCursor: undefined,
    });
    expect(page).toEqual({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: 3,
      itemsPerPage: 1,
      nextCursor: 'n',
      Resources: [{ id: 'a' }],
    });
  });
});
