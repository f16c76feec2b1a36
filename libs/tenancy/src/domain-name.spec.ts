import { describe, expect, it } from '@jest/globals';
import { domainName } from './domain-name.js';

describe('the name of a domain', () => {
  it.each([
    ['acme.com', 'acme.com'],
    ['ACME.Com.', 'acme.com'],
    [' acme.com ', 'acme.com'],
    ['a.b.c.acme.co.uk', 'a.b.c.acme.co.uk'],
    ['bücher.example', 'xn--bcher-kva.example'],
    [`${'a'.repeat(63)}.com`, `${'a'.repeat(63)}.com`],
  ])('%s is compared as %s', (text, name) => {
    expect(domainName(text)).toBe(name);
  });

  it.each([
    '',
    '.',
    'localhost',
    'acme..com',
    '-acme.com',
    'acme-.com',
    'ac_me.com',
    'https://acme.com',
    'acme.com/path',
    'acme.com\\path',
    'acme.com?q',
    'acme.com#f',
    'ac\nme.com',
    'acme.com%2f',
    'acme.com:443',
    'ada@acme.com',
    '*.acme.com',
    '192.0.2.1',
    '[2001:db8::1]',
    'acme com.example',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(130)}com`,
  ])('%s is none', (text) => {
    expect(domainName(text)).toBeUndefined();
  });
});
