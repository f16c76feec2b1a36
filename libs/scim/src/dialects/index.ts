// The register of dialects. A new one is a file beside this one, and a line below.
import { cyberark } from './cyberark.js';
import { entra } from './entra.js';
import { generic } from './generic.js';
import { google } from './google.js';
import { jumpcloud } from './jumpcloud.js';
import { okta } from './okta.js';
import { onelogin } from './onelogin.js';
import { ping } from './ping.js';
import type { Quirks } from './quirks.js';
import { rippling } from './rippling.js';
import { sailpoint } from './sailpoint.js';

const DIALECTS = {
  generic,
  okta,
  entra,
  onelogin,
  jumpcloud,
  ping,
  google,
  rippling,
  cyberark,
  sailpoint,
} as const satisfies { [name: string]: Quirks };

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
