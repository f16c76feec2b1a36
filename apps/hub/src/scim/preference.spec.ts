import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { preferenceOf } from './preference.js';

const preferenceIn = (prefer: string | string[] | undefined): string | undefined =>
  preferenceOf({ headers: prefer === undefined ? {} : { prefer } } as unknown as FastifyRequest);

describe('a preference', () => {
  it.each<[string | string[] | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['return=minimal', 'minimal'],
    ['return=representation', 'representation'],
    ['Return="Minimal"', 'minimal'],
    ['respond-async, return=minimal', 'minimal'],
    ['wait=10; return = representation', 'representation'],
    [['handling=lenient', 'return=minimal'], 'minimal'],
    ['return=minimal, return=representation', 'minimal'],
    ['return=everything', undefined],
    ['noreturn=minimal', undefined],
    ['return=minimalist', undefined],
  ])('in "Prefer: %s" is %s', (header, preference) => {
    expect(preferenceIn(header)).toBe(preference);
  });
});
