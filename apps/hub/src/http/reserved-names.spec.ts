import { describe, expect, it } from '@jest/globals';
import { refuseReservedNames, ReservedName } from './reserved-names.js';

/** @returns the place that is named, or undefined when the body is taken. */
function refused(text: string): string | undefined {
  try {
    refuseReservedNames(text, JSON.parse(text));
  } catch (error) {
    if (error instanceof ReservedName) return error.place;
    throw error;
  }
  return undefined;
}

describe('names that JavaScript would lose', () => {
  it.each([
    ['at the top', '{"name":"Acme","__proto__":{"admin":true}}', '__proto__'],
    ['deep inside', '{"metadata":{"constructor":"x"}}', 'metadata.constructor'],
    ['in a list', '{"rules":[{"group":{}},{"prototype":1}]}', 'rules.1.prototype'],
    ['written with escapes', '{"\\u005f_proto__":1}', '__proto__'],
    ['written with other escapes', '{"\\u0063onstructor":1}', 'constructor'],
  ])('are refused %s, with the place', (_, text, place) => {
    expect(refused(text)).toBe(place);
  });

  it.each([
    ['as values', '{"name":"__proto__","roles":["constructor","prototype"]}'],
    ['as parts of names', '{"__proto__x":1,"constructors":2}'],
    ['beside an escape', '{"name":"\\u00e4"}'],
    ['in a body that is no object', '"constructor"'],
  ])('are taken %s', (_, text) => {
    expect(refused(text)).toBeUndefined();
  });
});
