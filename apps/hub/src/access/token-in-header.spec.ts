import { describe, expect, it } from '@jest/globals';
import { tokenInHeader } from './token-in-header.js';

const basic = (text: string): string => Buffer.from(text).toString('base64');

describe('the token', () => {
  it.each([
    ['with the prefix', 'Bearer scim_abc'],
    ['with the prefix in small letters', 'bearer scim_abc'],
    ['with the prefix in capitals', 'BEARER scim_abc'],
    ['with more space than needed', '  Bearer   scim_abc  '],
    ['with the prefix twice', 'Bearer Bearer scim_abc'],
    ['with the prefix twice, in two cases', 'Bearer bearer scim_abc'],
    ['alone', 'scim_abc'],
    ['as the password of Basic', `Basic ${basic('scim:scim_abc')}`],
    ['as the password of Basic in small letters', `basic ${basic('any one:scim_abc')}`],
    ['as the password of Basic without a name', `Basic ${basic(':scim_abc')}`],
  ])('is found %s', (_how, header) => {
    expect(tokenInHeader(header)).toBe('scim_abc');
  });

  it.each([
    ['no header', undefined],
    ['an empty one', ''],
    ['the prefix alone', 'Bearer'],
    ['the prefix twice and nothing else', 'Bearer Bearer'],
    ['the prefix three times', 'Bearer Bearer Bearer scim_abc'],
    ['two words', 'Bearer scim_abc scim_def'],
    ['another scheme', 'Digest scim_abc'],
    ['Basic without anything', 'Basic'],
    ['Basic without a colon', `Basic ${basic('scim_abc')}`],
    ['Basic without a password', `Basic ${basic('scim_abc:')}`],
    ['Basic that is not base64', 'Basic !!!'],
    ['a text as long as no token', `Bearer ${'x'.repeat(513)}`],
  ])('is not found in %s', (_what, header) => {
    expect(tokenInHeader(header)).toBeUndefined();
  });
});
