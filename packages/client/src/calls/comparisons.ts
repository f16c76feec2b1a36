/** What an application holds beside what it should hold: see docs/consumer-api/reconciliation.md. */
import { AnswerCutOff } from '../errors.js';
import { jsonLines } from '../lines.js';
import type { CallOptions, Open } from '../send.js';
import { NDJSON, type MembershipPair, type SnapshotItem, type Standing } from './snapshots.js';

export type Kind = 'users' | 'groups' | 'memberships';

/** One thing that you hold. Without `updated_at`, and as a bare id, it is asked only whether it exists. */
export type Held =
  | string
  | { object: 'directory_user' | 'directory_group'; id: string; directory_id?: string; updated_at?: string }
  | (Omit<MembershipPair, 'directory_id'> & { directory_id?: string });

export type Difference =
  /** You lack it: here it is. */
  | { object: 'missing'; data: SnapshotItem }
  /** Yours is old: here is how it is. */
  | { object: 'stale'; data: SnapshotItem; held: { updated_at: string } }
  /** It does not exist, or not for consumers. `line`: which of what you sent, from 1. */
  | {
      object: 'extra';
      data:
        { object: 'directory_user' | 'directory_group'; id: string } | Omit<MembershipPair, 'directory_id'>;
      line: number;
    };

export interface ComparisonResult {
  equal: boolean;
  missing: { [Each in Kind]: number };
  stale: { [Each in Kind]: number };
  extra: { [Each in Kind]: number };
}

export interface ComparisonOptions extends CallOptions {
  /** Of these only; what you send must be of them. All of them unless told otherwise. */
  kinds?: readonly Kind[];
}

/** Differences in an order in which they can be applied; complete when the loop over them has ended. */
export class Comparison<Of extends Standing = Standing> implements AsyncIterable<Difference> {
  private counted: ComparisonResult | undefined;
  private isTaken = false;

  private constructor(
    readonly standing: Of,
    private readonly lines: AsyncGenerator<Difference, ComparisonEnd, undefined>,
  ) {}

  /**
   * @param held all that you hold, in any order; read as fast as the hub takes it. A list is sent again when the hub could not
   * be reached; what can be read only once is not.
   * @throws AnswerCutOff | RollcallError | RollcallUnreachable
   */
  static async open<Of extends Standing>(
    open: Open,
    where: string,
    { held, kinds = [], signal }: ComparisonOptions & { held: Iterable<Held> | AsyncIterable<Held> },
  ): Promise<Comparison<Of>> {
    const body = { lines: () => linesOf(held), isRepeatable: Array.isArray(held) };
    const parts = await open('POST', where, {
      query: { kinds },
      signal,
      accept: NDJSON,
      body,
      // Nothing is answered before everything was read.
      silenceInSeconds: ANSWERED_WITHIN_IN_SECONDS,
    });
    const isEnd = (line: Difference | ComparisonEnd): line is ComparisonEnd =>
      line.object === 'comparison_end';
    const lines = jsonLines<Difference, ComparisonEnd>(parts, isEnd, WHAT);
    const first = await lines.next();
    const { object, ...standing } = first.value as unknown as Of & { object: string };
    if (first.done || object !== 'comparison') throw new AnswerCutOff(WHAT);
    return new Comparison(standing as unknown as Of, lines);
  }

  get position_cursor(): string | null {
    return this.standing.position_cursor;
  }

  /** How many differences there were. Undefined until all were read. */
  get result(): ComparisonResult | undefined {
    return this.counted;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Difference, void, undefined> {
    if (this.isTaken) throw new TypeError('a comparison can be read once: make another one');
    this.isTaken = true;
    const { object: _, ...result } = yield* this.lines;
    this.counted = result;
  }

  /** Ends one that nobody will read to its end. */
  async close(): Promise<void> {
    await this.lines.return(undefined as never);
  }
}

const WHAT = 'The comparison';
/** The hub gives up on a body after a minute, and on the whole after some. */
const ANSWERED_WITHIN_IN_SECONDS = 300;
/** A request for each line would be slow. */
const LINES_AT_ONCE = 500;

type ComparisonEnd = ComparisonResult & { object: 'comparison_end' };

async function* linesOf(held: Iterable<Held> | AsyncIterable<Held>): AsyncGenerator<string, void, undefined> {
  let lines: string[] = [];
  for await (const each of held) {
    lines.push(typeof each === 'string' ? each : JSON.stringify(each));
    if (lines.length < LINES_AT_ONCE) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`;
}
