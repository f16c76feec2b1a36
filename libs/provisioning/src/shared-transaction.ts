/**
 * Group commit: the commands that wait share one transaction. Nobody waits for a stranger: a directory whose lock is
 * held elsewhere gets a transaction of its own, and so does a heavy command.
 */
import { append, loadHeads, lockDirectory, tryLockDirectories, type DirectoryHead } from '@app/event-log';
import { removeGroups, removeUsers, saveGroups, saveMemberships, saveUsers } from '@app/projections';
import type { Clock, Database, Tx } from '@app/runtime';
import { isHeavy, type Write, type Written } from './commands.js';
import { decide } from './decide.js';
import { loadWorld } from './load.js';
import { DirectoryClosed, NameTaken, TransactionFailed } from './refusals.js';
import type { World } from './world.js';

interface Waiting {
  write: Write;
  resolve(written: Written): void;
  reject(error: unknown): void;
}

type Answer = { written: Written } | { refusal: unknown };

// Enough to spread the cost of a commit over many, few enough that the first of them is not kept long.
const COMMANDS_PER_TRANSACTION = 256;
// Transactions beside the shared one, each for one directory; they take connections from the same pool.
const TRANSACTIONS_ALONE = 4;
const UNIQUE_VIOLATION = '23505';

export class SharedTransaction {
  private readonly waiting: Waiting[] = [];
  private readonly alone: Waiting[][] = [];
  private readonly busy = new Map<string, Waiting[]>();
  private running = false;
  private runningAlone = 0;

  /** @param afterCommit called when events have been written; must return at once and never throw. */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly afterCommit: () => void,
  ) {}

  /** Queues the command. @returns what it made. @throws a refusal, ScimError, or TransactionFailed. */
  submit(write: Write): Promise<Written> {
    return new Promise((resolve, reject) => {
      this.enqueue({ write, resolve, reject });
    });
  }

  private enqueue(waiting: Waiting): void {
    const held = this.busy.get(waiting.write.origin.directory.id);
    if (isHeavy(waiting.write)) {
      this.alone.push([waiting]);
      this.runAlone();
    } else if (held) {
      held.push(waiting);
    } else {
      this.waiting.push(waiting);
      // Requests that arrived in the same turn of the event loop go together, also when nobody else is there.
      if (!this.running) {
        this.running = true;
        setImmediate(() => void this.run());
      }
    }
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.transact(this.waiting.splice(0, COMMANDS_PER_TRANSACTION), 'shared');
    }
    this.running = false;
  }

  private runAlone(): void {
    while (this.runningAlone < TRANSACTIONS_ALONE && this.alone.length > 0) {
      const batch = this.alone.shift()!;
      this.runningAlone += 1;
      void this.transact(batch, 'alone').finally(() => {
        this.runningAlone -= 1;
        this.runAlone();
      });
    }
  }

  /** Never throws: every command of the batch gets its answer, or is put where it gets one later. */
  private async transact(batch: Waiting[], how: 'shared' | 'alone'): Promise<void> {
    try {
      const { answers, events } = await this.database.transaction((tx) => this.attempt(tx, batch, how));
      if (events > 0) this.afterCommit();
      for (const waiting of batch) {
        const answer = answers.get(waiting);
        if (!answer) this.setAside(waiting);
        else if ('refusal' in answer) waiting.reject(answer.refusal);
        else waiting.resolve(answer.written);
      }
    } catch (error) {
      await this.recover(batch, error);
    }
  }

  /** A broken rule of the database concerns one command: each is tried alone. Anything else concerns them all. */
  private async recover(batch: Waiting[], error: unknown): Promise<void> {
    const violated = constraintOf(error);
    if (violated && batch.length > 1) {
      for (const waiting of batch) await this.transact([waiting], 'alone');
      return;
    }
    const refusal = violated ? nameTaken(violated) : new TransactionFailed(error);
    for (const waiting of batch) waiting.reject(refusal);
  }

  private async attempt(
    tx: Tx,
    batch: Waiting[],
    how: 'shared' | 'alone',
  ): Promise<{ answers: Map<Waiting, Answer>; events: number }> {
    const ids = [...new Set(batch.map(({ write }) => write.origin.directory.id))];
    const locked = how === 'shared' ? await tryLockDirectories(tx, ids) : await lockAll(tx, ids);
    const mine = batch.filter(({ write }) => locked.has(write.origin.directory.id));
    const answers = new Map<Waiting, Answer>();
    if (mine.length === 0) return { answers, events: 0 };
    const heads = await loadHeads(tx, [...locked]);
    const open = mine.filter((waiting) => {
      if (!heads.get(waiting.write.origin.directory.id)?.closed) return true;
      answers.set(waiting, { refusal: new DirectoryClosed(waiting.write.origin.directory.id) });
      return false;
    });
    const world = await loadWorld(
      tx,
      open.map(({ write }) => write),
      this.clock.now().toISOString(),
    );
    for (const waiting of open) answers.set(waiting, answerOf(world, waiting.write));
    await save(tx, world, heads);
    return { answers, events: world.events.length };
  }

  /** The directory's lock is held by another transaction: its commands wait together for one of their own. */
  private setAside(waiting: Waiting): void {
    const directoryId = waiting.write.origin.directory.id;
    const held = this.busy.get(directoryId);
    if (held) {
      held.push(waiting);
      return;
    }
    this.busy.set(directoryId, [waiting]);
    void this.runBusy(directoryId);
  }

  private async runBusy(directoryId: string): Promise<void> {
    const held = this.busy.get(directoryId)!;
    while (held.length > 0) await this.transact(held.splice(0, COMMANDS_PER_TRANSACTION), 'alone');
    this.busy.delete(directoryId);
  }
}

function answerOf(world: World, write: Write): Answer {
  try {
    return { written: decide(world, write) };
  } catch (refusal) {
    return { refusal };
  }
}

async function save(tx: Tx, world: World, heads: Map<string, DirectoryHead>): Promise<void> {
  if (world.events.length === 0) return;
  const changes = world.changes();
  await removeUsers(tx, changes.removedUsers);
  await removeGroups(tx, changes.removedGroups);
  await saveUsers(tx, changes.users);
  await saveGroups(tx, changes.groups);
  await saveMemberships(tx, changes.come, changes.gone);
  await append(tx, world.events, heads);
}

async function lockAll(tx: Tx, directoryIds: string[]): Promise<Set<string>> {
  for (const id of [...directoryIds].sort()) await lockDirectory(tx, id);
  return new Set(directoryIds);
}

function constraintOf(error: unknown): string | undefined {
  const { code, constraint } = ((error as { driverError?: unknown }).driverError ?? error) as {
    code?: string;
    constraint?: string;
  };
  return code === UNIQUE_VIOLATION ? constraint : undefined;
}

function nameTaken(constraint: string): NameTaken {
  return new NameTaken(constraint.startsWith('external_id') ? 'externalId' : 'userName', '', undefined);
}
