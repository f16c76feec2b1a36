// The register of dialects. A new one is a file beside this one, and a line below.
import { entra } from './entra.js';
import { generic } from './generic.js';
import { okta } from './okta.js';
import type { Quirks } from './quirks.js';

const DIALECTS = { generic, okta, entra } as const satisfies { [name: string]: Quirks };

export type Dialect = keyof typeof DIALECTS;

/** What is known about the way a dialect speaks. */
export function quirksOf(dialect: Dialect): Quirks {
  return DIALECTS[dialect];
}

/** The dialect that directories of a type speak; generic for every type that no dialect claims. */
export function dialectOf(directoryType: string): Dialect {
  const names = Object.keys(DIALECTS) as Dialect[];
  return names.find((name) => quirksOf(name).directoryTypes.includes(directoryType)) ?? 'generic';
}
