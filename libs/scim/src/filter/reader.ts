// Reads the words of a filter or of a PATCH path, and remembers where it is so that a complaint can name the place.
import { quote, ScimError, type ScimType } from '../errors.js';
import { MAX_FILTER_CHARACTERS, MAX_FILTER_DEPTH, MAX_FILTER_EXPRESSIONS } from '../limits.js';

/** A value as it was written: in double quotes, or bare. */
export interface WrittenValue {
  text: string;
  quoted: boolean;
  position: number;
}

const SPACE = /\s*/y;
const NAME = /[A-Za-z$][\w$:.-]*/y;
const LETTERS = /[A-Za-z]+/y;
const BARE = /[^\s()[\]"]+/y;
const STRING = /"(?:[^"\\]|\\[^])*"/y;
const REST = /[^\s]+/y;

// Text that PostgreSQL cannot hold: NUL, and halves of surrogate pairs.
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Whether a text holds a character that cannot be stored. */
export function isUnstorable(text: string): boolean {
  return UNSTORABLE.test(text);
}

export class Reader {
  position = 0;
  private depth = 0;
  private expressions = 0;

  constructor(
    readonly text: string,
    private readonly subject: 'filter' | 'path',
  ) {
    if (text.length > MAX_FILTER_CHARACTERS) {
      throw this.complaint(`The ${subject} is longer than ${MAX_FILTER_CHARACTERS} characters`);
    }
  }

  skipSpace(): void {
    this.take(SPACE);
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Takes one character if it comes next. */
  takeIf(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.takeIf(character)) throw this.expected(`"${character}"`);
  }

  /** Takes a keyword in any case, when a space or a parenthesis follows it. */
  takeKeyword(keyword: 'and' | 'or' | 'not'): boolean {
    const end = this.position + keyword.length;
    const next = this.text[end];
    if (this.text.slice(this.position, end).toLowerCase() !== keyword) return false;
    if (next === undefined || !/[\s(]/.test(next)) return false;
    this.position = end;
    return true;
  }

  /** `not` opens a negation only before a parenthesis. */
  takeNot(): boolean {
    const start = this.position;
    if (!this.takeKeyword('not')) return false;
    this.skipSpace();
    if (this.text[this.position] === '(') return true;
    throw this.expected('"(" after not', start + 3);
  }

  name(): string {
    const name = this.take(NAME);
    if (name === undefined) throw this.expected('the name of an attribute');
    return name;
  }

  /** The letters that come next, or undefined. */
  letters(): string | undefined {
    return this.take(LETTERS);
  }

  /** A JSON string, or a bare word: some identity providers send values without quotes. */
  value(): WrittenValue {
    const position = this.position;
    const string = this.take(STRING);
    const text = string === undefined ? this.take(BARE) : unescape(string);
    if (text === undefined) {
      throw this.expected(
        this.text[position] === '"' ? 'a JSON string with a closing quote' : 'a value',
        position,
      );
    }
    if (string === undefined && text.startsWith("'"))
      throw this.expected('a value in double quotes', position);
    if (isUnstorable(text)) throw this.expected('a value without NUL or half characters', position);
    return { text, quoted: string !== undefined, position };
  }

  /** Runs `read` one level deeper (two for brackets, which may gain parentheses when printed). */
  deeper<Result>(levels: number, read: () => Result): Result {
    this.depth += levels;
    if (this.depth > MAX_FILTER_DEPTH) {
      throw this.complaint(`The ${this.subject} is nested deeper than ${MAX_FILTER_DEPTH} levels`);
    }
    const result = read();
    this.depth -= levels;
    return result;
  }

  countExpression(): void {
    this.expressions += 1;
    if (this.expressions > MAX_FILTER_EXPRESSIONS) {
      throw this.complaint(`The ${this.subject} has more than ${MAX_FILTER_EXPRESSIONS} expressions`);
    }
  }

  /** The error that says where reading stopped, what was expected there, and what was found. */
  expected(what: string, at = this.position): ScimError {
    REST.lastIndex = at;
    const found = REST.exec(this.text)?.[0];
    const seen = at >= this.text.length ? 'the end' : quote(found ?? this.text.slice(at));
    return this.complaint(`Position ${at + 1} of the ${this.subject}: expected ${what}, found ${seen}`);
  }

  private complaint(sentence: string, scimType: ScimType = 'invalidFilter'): ScimError {
    return new ScimError(400, `${sentence}.`, scimType);
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }
}

function unescape(string: string): string | undefined {
  try {
    return JSON.parse(string) as string;
  } catch {
    return undefined;
  }
}
