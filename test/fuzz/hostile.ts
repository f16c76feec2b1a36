/** Input that nobody should send, made from input that somebody does. */
import type { Dice } from './dice.js';

/** Characters that mean something to somebody on the way: to grammars, to JSON, to URLs, to PostgreSQL, to people. */
const CHARACTERS = [
  ...'"\\()[]{}.,:;$%&?#/=+-*@ \t\r\n\'`<>|^~!_',
  ...'aAzZ09éßİıſüЖ中',
  '😀',
  '\0',
  '\u0001',
  '\u001f',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u200b',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ufffd',
  '\uffff',
  '\ud800',
  '\udfff',
];

const WORDS = [
  'and',
  'or',
  'not',
  'pr',
  'eq',
  'ne',
  'co',
  'gt',
  'le',
  'null',
  'true',
  'False',
  'userName',
  'emails',
  'emails.value',
  'members',
  'manager',
  'active',
  'id',
  'meta.created',
  'urn:ietf:params:scim:schemas:core:2.0:User',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:',
  '"',
  '"x"',
  '\\u0000',
  '\\ud800',
  '[type eq "work"]',
  '%00',
  '%ff',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '-1',
  '1e999',
  '2020-02-30T00:00:00Z',
  "';--",
  '${x}',
  '../..',
];

/** Keys that every object of JavaScript seems to have, and others that are nobody's attribute. */
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'toJSON',
  'then',
  'length',
  '',
  ' ',
  '0',
  'USERNAME',
  'userName ',
  'emails.value',
  'emails[type eq "work"].value',
  'urn:ietf:params:scim:schemas:core:2.0:User:userName',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager',
  'Operations',
  'schemas',
  'password',
  'meta',
  'id',
  'groups',
  'a\0b',
  '\ud800',
];

export function hostileText(dice: Dice): string {
  if (dice.chance(0.03)) return dice.pick([...CHARACTERS, ...WORDS]).repeat(dice.pick([300, 1_000, 11_000]));
  const parts = dice.times(8, () => dice.pick(dice.chance(0.5) ? CHARACTERS : WORDS));
  return parts.join(dice.pick(['', ' ']));
}

/** A text with pieces cut out, put in, doubled or in another case. */
export function mutatedText(dice: Dice, text: string): string {
  let mutated = text;
  for (let left = 1 + dice.below(3); left > 0; left -= 1) {
    const at = dice.below(mutated.length + 1);
    const end = Math.min(mutated.length, at + dice.below(12));
    const piece = mutated.slice(at, end);
    mutated = `${mutated.slice(0, at)}${changedPiece(dice, piece)}${mutated.slice(end)}`;
  }
  return mutated;
}

function changedPiece(dice: Dice, piece: string): string {
  switch (dice.below(6)) {
    case 0:
      return '';
    case 1:
      return piece + dice.pick(CHARACTERS);
    case 2:
      return ` ${dice.pick(WORDS)} ${piece}`;
    case 3:
      return piece + piece;
    case 4:
      return dice.chance(0.5) ? piece.toUpperCase() : piece.toLowerCase();
    default:
      return dice.chance(0.05) ? piece.repeat(500) : dice.pick(CHARACTERS);
  }
}

/** Any value that JSON can say, and some that only JSON.parse can make. */
export function hostileJson(dice: Dice, depth = 3): unknown {
  switch (dice.below(depth > 0 ? 9 : 6)) {
    case 0:
      return dice.pick([null, null, true, false]);
    case 1:
      return dice.pick([0, -0, 1, -1, 0.5, 1e308, -1e-308, 2 ** 53, 2 ** 63]);
    case 2:
    case 3:
      return hostileText(dice);
    case 4:
      return dice.pick(['', ' ', 'True', 'false', 'null', '0', '[]', '{}', '2011-05-13T04:42:34Z']);
    case 5:
      return dice.pick([[], {}, [[]], [null], [{}], { value: null }, [''], { value: {} }]);
    case 6:
    case 7:
      return dice.times(4, () => hostileJson(dice, depth - 1));
    default:
      return withKeys(dice.times(4, () => [hostileKey(dice), hostileJson(dice, depth - 1)] as const));
  }
}

function hostileKey(dice: Dice): string {
  return dice.chance(0.7) ? dice.pick(KEYS) : hostileText(dice).slice(0, 50);
}

/** As JSON.parse does it: `__proto__` is a key like any other. */
function withKeys(entries: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return object;
}

/** A value with something in it replaced, renamed, wrapped, doubled or dropped. */
export function mutatedJson(dice: Dice, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || dice.chance(0.15)) return changedValue(dice, value);
  if (Array.isArray(value)) {
    const list: unknown[] = [...(value as unknown[])];
    const at = dice.below(list.length + 1);
    if (at === list.length || dice.chance(0.2))
      list.splice(at, 0, dice.chance(0.5) && list.length > 0 ? dice.pick(list) : hostileJson(dice, 2));
    else list[at] = mutatedJson(dice, list[at]);
    return list;
  }
  const entries = Object.entries(value);
  const at = dice.below(entries.length + 1);
  const entry = entries[at];
  if (!entry) return withKeys([...entries, [hostileKey(dice), hostileJson(dice, 2)]]);
  const [name, member] = entry;
  return withKeys(
    entries.flatMap((each, index) => {
      if (index !== at) return [each];
      if (dice.chance(0.1)) return [];
      return [
        [dice.chance(0.15) ? changedName(dice, name) : name, mutatedJson(dice, member)] as [string, unknown],
      ];
    }),
  );
}

function changedName(dice: Dice, name: string): string {
  return dice.pick([
    name.toUpperCase(),
    name.toLowerCase(),
    ` ${name}`,
    `${name}.value`,
    `urn:x:${name}`,
    mutatedText(dice, name),
  ]);
}

function changedValue(dice: Dice, value: unknown): unknown {
  switch (dice.below(6)) {
    case 0:
      return [value];
    case 1:
      return { value };
    case 2:
      return typeof value === 'string' ? mutatedText(dice, value) : JSON.stringify(value);
    case 3:
      return null;
    default:
      return hostileJson(dice, 2);
  }
}

/** Text that may be JSON: of the value, or with the mistakes that only text can have. */
export function hostileBody(dice: Dice, value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  switch (dice.below(14)) {
    case 0:
      return mutatedText(dice, text);
    case 1:
      return text.slice(0, dice.below(text.length));
    case 2:
      return text.replace('{', '{"__proto__":{"polluted":true},');
    case 3:
      return text.replace('{', '{"userName":"first","displayName":"first","Operations":[],');
    case 4: {
      const depth = dice.pick([30, 1_000, 20_000]);
      return `{"userName":"x","displayName":"x","emails":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    }
    case 5: {
      const depth = dice.pick([30, 1_000, 10_000]);
      return `${'{"name":'.repeat(depth)}1${'}'.repeat(depth)}`;
    }
    case 6:
      return text.replace(
        /true|false|"[^"]*"(?=[,}\]])/,
        dice.pick(['1e999', '-1e999', '1e-999', '0.1e1', '9'.repeat(400), '"\\ud800"', '"\\u0000"', '-0']),
      );
    case 7:
      return dice.pick(['', ' ', '\ufeff', '\0']) + text + dice.pick(['', ' ', '\n', '\0', '}', text]);
    default:
      return text;
  }
}
