import { verify as verifies, createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { JWK } from 'jose';
import { signEs256 } from './deterministic-es256.js';
import { newKeyPair } from './signing-algorithms.js';

const part = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');

/** RFC 6979 A.2.5. */
const key: JWK = {
  kty: 'EC',
  crv: 'P-256',
  d: part('C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721'),
  x: part('60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6'),
  y: part('7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299'),
};

describe('a signature with ES256', () => {
  it.each([
    [
      'sample',
      'EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716',
      'F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8',
    ],
    [
      'test',
      'F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367',
      '019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083',
    ],
  ])('of %s is the one of RFC 6979', (text, r, s) => {
    expect(signEs256(text, key).toString('hex').toUpperCase()).toBe(r + s);
  });

  it('is one that everybody can verify, and the same each time', async () => {
    const { publicJwk, privateJwk } = await newKeyPair('ES256');
    const publicKey = createPublicKey({ key: publicJwk as Record<string, string>, format: 'jwk' });
    for (let time = 0; time < 50; time++) {
      const text = `text ${time}`;
      const signature = signEs256(text, privateJwk);
      expect(signEs256(text, privateJwk)).toEqual(signature);
      const data = Buffer.from(text);
      expect(verifies('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    }
  });

  it('never leaves when it does not fit the public half', async () => {
    const { publicJwk } = await newKeyPair('ES256');
    expect(() => signEs256('text', { ...publicJwk, d: key.d! })).toThrow('came out wrong');
  });
});
