/** Which tokens of a polled stream wait for their receiver, and which events its answers have ended. Pure. */
import type { PulledEnd } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import type { SecurityEvent } from '@app/revocation';

/** What the receiver says of a token: RFC 8936 §2.3, §2.4. Null: it has it; otherwise why it will not. */
export type Answer = string | null;

/** An answer that is kept until everything before it has ended. */
export interface Answered {
  position: number;
  jti: string;
  error: Answer;
}

/** The tokens that tell of an event. */
export interface Telling {
  event: RecordedEvent;
  /** All of them, in order; any of them may have been given out. */
  sets: readonly SecurityEvent[];
  /** Those of them that still make sense. */
  valid: readonly SecurityEvent[];
  /** Why not all do, or why there are none. */
  reason?: string | undefined;
}

export class Outstanding {
  /** Not answered yet, in order. */
  readonly pending: SecurityEvent[] = [];
  /** New answers. */
  readonly heard: Answered[] = [];
  readonly ended: PulledEnd[] = [];
  private readonly known: Map<string, Answer>;
  private readonly unheard: Set<string>;
  private first: number | undefined;

  /** @param answers what the receiver says now, by `jti`. */
  constructor(
    answered: readonly Answered[],
    private readonly answers: ReadonlyMap<string, Answer>,
  ) {
    this.known = new Map(answered.map(({ jti, error }) => [jti, error]));
    this.unheard = new Set(answers.keys());
  }

  /** Whether each of the answers is about a token that was met. */
  get heardAll(): boolean {
    return this.unheard.size === 0;
  }

  /** @returns how far the cursor may move when everything up to `readTo` was looked at: just before what is not answered. */
  finishedUpTo(readTo: number): number {
    return Math.min(readTo, this.first === undefined ? readTo : this.first - 1);
  }

  /** In order of position; the last one may be beyond what was looked at. */
  add(telling: Telling): void {
    const { event, sets, valid } = telling;
    const isNew = sets.filter(({ jti }) => this.hear(event.position, jti)).length > 0;
    const open = valid.filter(({ jti }) => !this.known.has(jti));
    if (open.length > 0) {
      this.first ??= event.position;
      this.pending.push(...open);
      return;
    }
    // It was written down with the answer that ended it; what nothing ended is when the cursor passes it.
    const passes = this.first === undefined && sets.some(({ jti }) => !this.known.has(jti));
    if (isNew || passes || sets.length === 0) this.ended.push({ event, end: this.endOf(telling) });
  }

  private hear(position: number, jti: string): boolean {
    const answer = this.answers.get(jti);
    this.unheard.delete(jti);
    if (answer === undefined || this.known.has(jti)) return false;
    this.known.set(jti, answer);
    this.heard.push({ position, jti, error: answer });
    return true;
  }

  private endOf({ sets, valid, reason }: Telling): PulledEnd['end'] {
    const told = sets.filter(({ jti }) => this.known.has(jti));
    const refusal = told.map(({ jti }) => this.known.get(jti)).find((error) => error !== null);
    if (typeof refusal === 'string') return { state: 'failed', reason: refusal };
    // What was taken back before it was answered for ends nobody's sessions, whatever else was told of it.
    const takenBack = sets.filter((set) => !valid.some(({ jti }) => jti === set.jti));
    if (takenBack.length > 0 && !takenBack.some(({ jti }) => this.known.has(jti)))
      return { state: 'superseded', reason: reason ?? 'something later has made it pointless' };
    // Receipts name the token that comes first: of those that end sessions, the one that says so.
    if (told[0]) return { state: 'acknowledged', jti: told[0].jti };
    return { state: 'failed', reason: reason ?? 'it cannot be told' };
  }
}
