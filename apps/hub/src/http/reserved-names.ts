/**
 * Names that JSON may have and JavaScript has a meaning for. What turns bodies into objects leaves such members out without a word,
 * so they are refused instead: whoever sends a member expects it to have an effect. Pure.
 */
const RESERVED: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Nearly no body holds them: only one that does, or may hide one behind escapes, is looked through. */
const SUSPICIOUS = /"(?:__proto__|constructor|prototype)"|\\u00/;

export class ReservedName extends Error {
  constructor(readonly place: string) {
    super(
      `${place}: no member may be named so, since programs in JavaScript would lose it. Choose another name`,
    );
    this.name = 'ReservedName';
  }
}

/** @param text the same as it was sent. @throws ReservedName with the first place, dots between the names */
export function refuseReservedNames(text: string, body: unknown): void {
  if (!SUSPICIOUS.test(text)) return;
  const place = reservedIn(body, []);
  if (place) throw new ReservedName(place.join('.'));
}

/** Its depth is that of the parser, which has taken it. */
function reservedIn(value: unknown, place: readonly string[]): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const here = [...place, name];
    if (!Array.isArray(value) && RESERVED.includes(name)) return here;
    const found = reservedIn(member, here);
    if (found) return found;
  }
  return undefined;
}
