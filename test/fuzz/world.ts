/** What the fuzz has made and may ask about, and texts as a URL carries them. */
import type { Dice } from './dice.js';
import { hostileText } from './hostile.js';

/** One directory and what is known of it. Ids are kept when their resource is deleted: asking for it again is worth a try. */
export interface World {
  users: string[];
  groups: string[];
}

/** Lone surrogates become the replacement character, as every encoder has it. */
export function percentEncoded(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : hex(byte)))
    .join('');
}

const isPlain = (byte: number): boolean => /[\w.~-]/.test(String.fromCharCode(byte)) && byte < 128;
const hex = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;

/** An id: most often of something that is there. */
export function idOf(dice: Dice, known: readonly string[]): string {
  if (known.length > 0 && dice.chance(0.85)) return dice.pick(known);
  return dice.pick([
    'nobody',
    '%',
    '%zz',
    '%ff',
    '%C0%80',
    '%00',
    'a%2Fb',
    '..',
    '.',
    '%2e%2e',
    '*',
    ':id',
    'x'.repeat(300),
    percentEncoded(hostileText(dice)).slice(0, 600),
  ]);
}
