/** The one place that writes the log: one JSON object per line on standard output. */
import type { LogLevel } from './config.js';

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

export interface ObservationsOptions {
  level?: LogLevel;
  write?: (line: string) => void;
  now?: () => Date;
}

type Fields = Readonly<Record<string, unknown>>;

/** Hears everything that is observed, whatever the level: counters and spans are made of the same values as lines. */
export type Listener = (event: string, fields: Fields) => void;

export class Observations {
  private readonly lastLevel: number;
  private readonly write: (line: string) => void;
  private readonly now: () => Date;
  private readonly listeners: Listener[] = [];

  constructor(options: ObservationsOptions = {}) {
    this.lastLevel = LEVELS.indexOf(options.level ?? 'info');
    this.write = options.write ?? toStandardOutput();
    this.now = options.now ?? (() => new Date());
  }

  /** From now on. It is called for each observation, so it must return at once. */
  heardBy(listener: Listener): void {
    this.listeners.push(listener);
  }

  error(event: string, fields?: Fields): void {
    this.observe('error', event, fields);
  }

  warn(event: string, fields?: Fields): void {
    this.observe('warn', event, fields);
  }

  info(event: string, fields?: Fields): void {
    this.observe('info', event, fields);
  }

  debug(event: string, fields?: Fields): void {
    this.observe('debug', event, fields);
  }

  private observe(level: LogLevel, event: string, fields: Fields = {}): void {
    for (const listener of this.listeners) this.tell(listener, event, fields);
    if (LEVELS.indexOf(level) > this.lastLevel) return;
    // The three names of the envelope win over a field of the same name: a reader of the log relies on them.
    const line = { at: '', level: '', event: '', ...fields };
    Object.assign(line, { at: this.now().toISOString(), level, event });
    this.write(`${serialise(line)}\n`);
  }

  /** A listener's mistake must not become that of whoever observed something; it is told once, and not heard again. */
  private tell(listener: Listener, event: string, fields: Fields): void {
    try {
      listener(event, fields);
    } catch (error) {
      this.listeners.splice(this.listeners.indexOf(listener), 1);
      this.error('observations are no longer heard by one listener', { heard: event, error });
    }
  }
}

/** A terminal that was closed, or a reader that has ended, takes no more lines; the program goes on, or stops in order. */
function toStandardOutput(): (line: string) => void {
  if (!process.stdout.listeners('error').includes(ignore)) process.stdout.on('error', ignore);
  return together;
}

function ignore(): void {}

let waiting = '';

/** The lines of one turn of the event loop in one write: a write for each line costs more than making the line. */
function together(line: string): void {
  if (waiting === '') setImmediate(flush);
  waiting += line;
}

function flush(): void {
  const lines = waiting;
  waiting = '';
  if (lines !== '') process.stdout.write(lines);
}

// What is said last is why a program ended; on a pipe or a file this write is done before the process is gone.
process.once('exit', flush);

/** An observation must never be the reason that a program fails: what JSON cannot say is said in another way. */
function serialise(line: object): string {
  try {
    // Looking at each value costs several times what writing it does, and most lines have nothing that needs it.
    return Object.values(line).every(isPlain) ? JSON.stringify(line) : JSON.stringify(line, sayable);
  } catch {
    // Almost always a circle, which `sayable` cannot see from inside.
    const flat = Object.entries(line).map(([name, field]) => [
      name,
      field instanceof Error ? errorAsFields(field) : typeof field === 'object' ? String(field) : field,
    ]);
    return JSON.stringify(Object.fromEntries(flat), sayable);
  }
}

function isPlain(field: unknown): boolean {
  return field === null || (typeof field !== 'object' && typeof field !== 'bigint');
}

function sayable(_name: string, field: unknown): unknown {
  if (field instanceof Error) return errorAsFields(field);
  return typeof field === 'bigint' ? field.toString() : field;
}

// A chain of causes longer than this is a circle or says nothing new.
const CAUSES_AT_MOST = 5;

function errorAsFields(error: Error, depth = 0): Fields {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    // A connection that fails on each address of a host has an empty message; its parts say what happened.
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, CAUSES_AT_MOST).map(String) } : {}),
    ...(error.cause === undefined || depth >= CAUSES_AT_MOST ? {} : { cause: causeOf(error, depth) }),
  };
}

function causeOf(error: Error, depth: number): unknown {
  return error.cause instanceof Error ? errorAsFields(error.cause, depth + 1) : error.cause;
}
