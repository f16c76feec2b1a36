import { describe, expect, it } from '@jest/globals';
import { answerTypeOf } from './media-type.js';

const scim = 'application/scim+json';
const json = 'application/json';

describe('an answer', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, scim],
    ['', scim],
    ['*/*', scim],
    ['application/*', scim],
    ['application/scim+json', scim],
    ['application/scim+json; charset=utf-8', scim],
    ['APPLICATION/SCIM+JSON', scim],
    ['application/json, application/scim+json', scim],
    ['application/json;q=1.0, application/scim+json;q=0.1', scim],
    ['text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8', scim],
    ['anything', scim],
    ['application/json', json],
    ['application/json; charset=utf-8', json],
    ['text/json', json],
    ['application/scim+json;q=0, application/json', json],
    ['application/scim+json;q=0, */*', json],
    ['text/html', undefined],
    ['application/xml', undefined],
    ['text/*;q=0', undefined],
    ['*/*;q=0', undefined],
    ['application/json;q=0', undefined],
  ])('to "Accept: %s" is %s', (accept, type) => {
    expect(answerTypeOf(accept)).toBe(type);
  });
});
