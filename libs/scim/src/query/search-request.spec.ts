import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../testing/refusal.js';
import { parseSearchRequest, SEARCH_REQUEST_URN } from './search-request.js';

describe('a search', () => {
  it('holds what the parameters of a query hold', () => {
    const body = {
      schemas: [SEARCH_REQUEST_URN],
      attributes: ['userName', 'emails.value'],
      excludedAttributes: ['groups'],
      filter: 'userName sw "a"',
      sortBy: 'userName',
      sortOrder: 'descending',
      startIndex: 11,
      count: 10,
    };
    expect(parseSearchRequest(body)).toEqual({
      query: {
        attributes: 'userName,emails.value',
        excludedAttributes: 'groups',
        filter: 'userName sw "a"',
        sortBy: 'userName',
        sortOrder: 'descending',
        startIndex: '11',
        count: '10',
      },
      ignored: [],
    });
  });

  it.each<[string, object, object]>([
    ['no schemas', { cursor: '' }, { cursor: '' }],
    ['names in another case', { Filter: 'id pr', SORTBY: 'id' }, { filter: 'id pr', sortBy: 'id' }],
    ['numbers as text', { count: '5' }, { count: '5' }],
    ['attributes as one text', { attributes: 'userName, title' }, { attributes: 'userName, title' }],
    ['nulls', { filter: null, schemas: null, count: null }, {}],
    ['the schema in another case', { schemas: [SEARCH_REQUEST_URN.toUpperCase()] }, {}],
    ['an empty list of schemas', { schemas: [] }, {}],
  ])('is read with %s', (_what, body, query) => {
    expect(parseSearchRequest(body)).toEqual({ query, ignored: [] });
  });

  it('passes over what a search has not, and says so', () => {
    expect(parseSearchRequest({ filter: 'id pr', page: 3, ['__proto__x']: 1 })).toEqual({
      query: { filter: 'id pr' },
      ignored: ['page', '__proto__x'],
    });
  });

  it.each<[string, unknown, string, RegExp]>([
    ['no object', ['userName'], 'invalidSyntax', /must be a JSON object/],
    ['nothing', undefined, 'invalidSyntax', /must be a JSON object/],
    [
      'meant for PATCH',
      { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] },
      'invalidSyntax',
      /must hold/,
    ],
    [
      'a filter that is no text',
      { filter: { userName: 'ada' } },
      'invalidValue',
      /filter must be a string, not an object/,
    ],
    [
      'attributes that are no names',
      { attributes: [1] },
      'invalidValue',
      /list of names of attributes, not a list/,
    ],
    [
      'a count that is no number',
      { count: true },
      'invalidValue',
      /count must be a whole number, not "true"/,
    ],
    ['a cursor that is no text', { cursor: 7 }, 'invalidValue', /cursor must be a string, not "7"/],
  ])('is refused as %s', (_what, body, scimType, detail) => {
    const refusal = refusalOf(() => parseSearchRequest(body));
    expect(refusal).toMatchObject({ status: 400, scimType, detail: expect.stringMatching(detail) });
  });
});
