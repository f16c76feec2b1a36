import { MAX_IGNORED_NAMES } from '../limits.js';

const SHOWN_CHARACTERS = 200;

/** Collects the names that a request used and the schemas do not know, for the log; never an error. */
export class Notes {
  readonly ignored: string[] = [];

  ignore(name: string): void {
    if (this.ignored.length < MAX_IGNORED_NAMES) this.ignored.push(name.slice(0, SHOWN_CHARACTERS));
  }
}
