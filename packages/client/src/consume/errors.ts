import type { RollcallError } from '../errors.js';

/** The hub does not show any more what came after our place. Nothing was skipped; the consumer stands still. */
export class CursorExpired extends Error {
  /** What the hub says about where to begin again, if it does. */
  readonly restart: unknown;

  constructor(
    readonly consumer: string,
    readonly cursor: string | null,
    cause: RollcallError,
  ) {
    super(
      `The hub does not show what came after ${cursor ?? 'the beginning'} any more (${cause.code}: ${cause.message}). ` +
        `Nothing was skipped: the consumer '${consumer}' stands where it stood. To go on, empty your tables and take a snapshot, ` +
        `in one transaction: beginFromSnapshot(tx, { name: '${consumer}', again: true, … }). Then start again.`,
      { cause },
    );
    this.name = 'CursorExpired';
    this.restart = (cause.body as { restart?: unknown } | undefined)?.restart;
  }
}

/** The hub has two events under one number: its log was replaced, for example by an older backup. */
export class LogDiverged extends Error {
  constructor(
    readonly directoryId: string,
    readonly sequence: number,
    ids: { handled: string; shown: string },
  ) {
    super(
      `Number ${sequence} of ${directoryId} was ${ids.handled} when it was handled, and is ${ids.shown} now: the hub's log ` +
        'is another one than before, for example an older backup of it. Begin again with a snapshot (see CursorExpired).',
    );
    this.name = 'LogDiverged';
  }
}
