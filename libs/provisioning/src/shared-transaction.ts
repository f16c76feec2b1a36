/**
 * Group commit: the commands that wait share one transaction. Nobody waits for a stranger: a directory whose lock is
 * held elsewhere gets a transaction of its own, and so do a heavy command and the commands of a bulk (see `lanes.ts`).
 */
import { loadHeads, lockDirectory, StillLocked, tryLockDirectories } from '@app/event-log';
import type { Clock, Database, Tx } from '@app/runtime';
import type { Appended } from './appended.js';
import { concernsOne, constraintOf, nameTaken } from './broken-rules.js';
import {
  isHeavy,
  isReview,
  type Review,
  type Reviewed,
  type Task,
  type Write,
  type Written,
} from './commands.js';
import { decide } from './decide.js';
import { doneInPieces } from './in-pieces.js';
import { Lanes } from './lanes.js';
import { loadWorld } from './load.js';
import { DirectoryClosed, TransactionFailed } from './refusals.js';
import { review } from './review.js';
import { learnRules } from './rules.js';
import { save } from './save.js';
import { decideTogether, WriteTogether, writesIn, type Outcomes } from './together.js';
import type { World } from './world.js';

type Result = Written | Reviewed | Outcomes;

interface Waiting {
  write: Task | WriteTogether;
  resolve(written: Result): void;
  reject(error: unknown): void;
  /** It ran into a name that nobody seemed to hold, and is given a second look at who does. */
  ranIntoName?: boolean;
}

/** Which of the transaction's events are the command's: so many, from this place among them on. */
interface Share {
  from: number;
  count: number;
}

type Answer = { written: Result; share: Share } | { refusal: unknown };

interface Attempt {
  answers: Map<Waiting, Answer>;
  /** How many were written. */
  events: number;
  types: ReadonlySet<string>;
  occurredAt: string;
  /** The position of the last of them, known when everything is committed. */
  lastPosition: Promise<number>;
}

// Enough to spread the cost of a commit over many, few enough that the first of them is not kept long.
const COMMANDS_PER_TRANSACTION = 256;
// Other programs hold a directory's lock for milliseconds; a rebuild holds it longer, and must not keep a connection from
// the commands of other directories meanwhile.
const LOCK_WAIT_IN_MILLISECONDS = 250;

export class SharedTransaction {
  private readonly waiting: Waiting[] = [];
  private readonly lanes = new Lanes<Waiting>(COMMANDS_PER_TRANSACTION, (batch) =>
    this.transact(batch, 'alone'),
  );
  private running = false;

  /** @param afterCommit called when events have been written; must return at once and never throw. */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly afterCommit: (appended: Appended) => void,
    private readonly afterRefusal: (refusal: unknown) => void = () => undefined,
  ) {}

  /** Queues the command. @returns what it made. @throws a refusal, ScimError, or TransactionFailed. */
  submit(write: Write): Promise<Written> {
    return this.answered(write) as Promise<Written>;
  }

  /**
   * Queues several commands of one request for a transaction that only they share.
   * @returns what became of each. @throws DirectoryClosed or TransactionFailed, when nothing has happened.
   */
  submitTogether(write: WriteTogether): Promise<Outcomes> {
    return this.answered(write) as Promise<Outcomes>;
  }

  /** Queues a second look at people. @throws DirectoryClosed, TransactionFailed. */
  review(write: Review): Promise<Reviewed> {
    return this.answered(write) as Promise<Reviewed>;
  }

  private answered(write: Task | WriteTogether): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.enqueue({ write, resolve, reject });
    });
  }

  private enqueue(waiting: Waiting): void {
    const { write } = waiting;
    if (write instanceof WriteTogether || isHeavy(write)) return this.setAside(waiting, { alone: true });
    if (this.lanes.isActive(write.origin.directory.id)) return this.setAside(waiting);
    this.waiting.push(waiting);
    // Requests that arrived in the same turn of the event loop go together, also when nobody else is there.
    if (!this.running) {
      this.running = true;
      setImmediate(() => void this.run());
    }
  }

  /** For a command that would keep strangers waiting: it gets a transaction that only its directory shares. */
  private setAside(waiting: Waiting, { alone } = { alone: false }): void {
    this.lanes.add(waiting.write.origin.directory.id, waiting, { alone });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.transact(this.waiting.splice(0, COMMANDS_PER_TRANSACTION), 'shared');
    }
    this.running = false;
  }

  /** Never throws: every command of the batch gets its answer, or is put where it gets one later. */
  private async transact(batch: Waiting[], how: 'shared' | 'alone'): Promise<'done' | 'again'> {
    const startedAt = Date.now();
    const startedMark = performance.now();
    try {
      const attempt = await this.database.flowing((tx) => this.attempt(tx, batch, how));
      if (attempt.events > 0) {
        const durationInMilliseconds = performance.now() - startedMark;
        this.afterCommit({ ...written(attempt), startedAt, durationInMilliseconds });
      }
      const before = (await attempt.lastPosition) - attempt.events;
      for (const waiting of batch) {
        const answer = attempt.answers.get(waiting);
        if (!answer) this.setAside(waiting);
        else if ('refusal' in answer) {
          this.afterRefusal(answer.refusal);
          waiting.reject(answer.refusal);
        } else {
          const { from, count } = answer.share;
          const first = before + from + 1;
          const run = { first, last: first + count - 1, occurredAt: attempt.occurredAt };
          if (count > 0) waiting.write.origin.recorded?.(run);
          waiting.resolve(answer.written);
        }
      }
    } catch (error) {
      if (error instanceof StillLocked) return 'again';
      this.recover(batch, error);
    }
    return 'done';
  }

  /**
   * A broken rule of the database, or a value that it cannot hold, concerns one command: each is tried alone. Anything
   * else concerns them all, and may go better the next time. A name that somebody took between our look and our writing
   * is looked up once more: by now its holder can be named.
   */
  private recover(batch: Waiting[], error: unknown): void {
    const violated = constraintOf(error);
    if (concernsOne(error) && batch.length > 1) {
      for (const waiting of batch) this.setAside(waiting, { alone: true });
      return;
    }
    const [first] = batch;
    if (violated && first && !first.ranIntoName) {
      first.ranIntoName = true;
      this.setAside(first, { alone: true });
      return;
    }
    const refusal = violated
      ? nameTaken(violated)
      : concernsOne(error)
        ? error
        : new TransactionFailed(error);
    if (concernsOne(error) && first?.write instanceof WriteTogether) {
      const pieces = doneInPieces(first.write, refusal, (piece) => this.submitTogether(piece));
      return void pieces.then(first.resolve, first.reject);
    }
    for (const waiting of batch) waiting.reject(refusal);
  }

  private async attempt(
    tx: Tx,
    batch: Waiting[],
    how: 'shared' | 'alone',
  ): Promise<{ result: Attempt; last: Promise<unknown>[] }> {
    const ids = [...new Set(batch.map(({ write }) => write.origin.directory.id))];
    const locked = how === 'shared' ? await tryLockDirectories(tx, ids) : await lockAll(tx, ids);
    const mine = batch.filter(({ write }) => locked.has(write.origin.directory.id));
    const answers = new Map<Waiting, Answer>();
    const now = this.clock.now().toISOString();
    const nothing = {
      answers,
      events: 0,
      types: new Set<string>(),
      occurredAt: now,
      lastPosition: Promise.resolve(0),
    };
    if (mine.length === 0) return { result: nothing, last: [] };
    const writes = mine.flatMap(({ write }) => writesIn(write));
    const [heads, world] = await Promise.all([loadHeads(tx, [...locked]), loadWorld(tx, writes, now)]);
    const open = mine.filter((waiting) => {
      if (!heads.get(waiting.write.origin.directory.id)?.closed) return true;
      answers.set(waiting, { refusal: new DirectoryClosed(waiting.write.origin.directory.id) });
      return false;
    });
    await learnRules(tx, world, { writes, heads });
    for (const waiting of open) answers.set(waiting, answerOf(world, waiting.write));
    if (world.events.length === 0) return { result: nothing, last: [] };
    const { lastPosition, last } = await save(tx, world, heads);
    const types = new Set(world.events.map(({ type }) => type));
    return { result: { answers, events: world.events.length, types, occurredAt: now, lastPosition }, last };
  }
}

type Count = Pick<Appended, 'commands' | 'events' | 'types' | 'requestIds'>;

function written({ answers, events, types }: Attempt): Count {
  const authors = [...answers].filter(([, answer]) => 'share' in answer && answer.share.count > 0);
  const requestIds = new Set(authors.map(([{ write }]) => write.origin.requestId));
  return { commands: answers.size, events, types: [...types], requestIds: [...requestIds] };
}

function answerOf(world: World, write: Task | WriteTogether): Answer {
  const from = world.events.length;
  try {
    return { written: decided(world, write), share: { from, count: world.events.length - from } };
  } catch (refusal) {
    return { refusal };
  }
}

function decided(world: World, write: Task | WriteTogether): Result {
  if (isReview(write)) return review(world, write);
  return write instanceof WriteTogether ? decideTogether(world, write) : decide(world, write);
}

async function lockAll(tx: Tx, directoryIds: string[]): Promise<Set<string>> {
  for (const id of directoryIds) await lockDirectory(tx, id, LOCK_WAIT_IN_MILLISECONDS);
  return new Set(directoryIds);
}
