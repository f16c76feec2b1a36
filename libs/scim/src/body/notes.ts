import type { Quirks } from '../dialects/quirks.js';
import { MAX_IGNORED_NAMES } from '../limits.js';

const SHOWN_CHARACTERS = 200;

/** What was read with indulgence, for the request log; never an error. */
export class Notes {
  /** The names that a request used and the schemas do not know. */
  readonly ignored: string[] = [];
  /** The names of the dialect's quirks that took effect, each once. */
  readonly quirks: string[] = [];

  ignore(name: string): void {
    if (this.ignored.length < MAX_IGNORED_NAMES) this.ignored.push(name.slice(0, SHOWN_CHARACTERS));
  }

  quirk(name: keyof Quirks): void {
    if (!this.quirks.includes(name)) this.quirks.push(name);
  }
}
