/** Following the log: what it lets come and go is entered into the epochs of its directories, slice by slice. */
import { EXISTENCE_TYPES, isOperations } from '@app/directory';
import { moveCheckpoint, takeCheckpoint, type Entry, type EventLog } from '@app/event-log';
import { Statement, type Database, type Tx } from '@app/runtime';
import { Comings } from './comings.js';
import { copySlice, hasIncomplete } from './copy.js';
import { enter, type Entered } from './rows.js';

/** The follower's checkpoint in the log. */
export const FOLLOWER = 'history';

export interface Pace {
  /** Events looked at in one slice, and so in one transaction. */
  events: number;
  /** Of those, how many bytes are held at a time. */
  bytes: number;
  /** Rows copied in one slice into a new epoch. */
  rows: number;
  /** A directory begins no new epoch before so many comings and goings, however small it is. */
  changesAtLeast: number;
}

export const USUAL_PACE: Pace = { events: 2_000, bytes: 4_000_000, rows: 5_000, changesAtLeast: 1_000 };

/**
 * One slice, in one transaction: a crash leaves what was before it, or what is after it.
 * @returns `idle` when there was nothing to do, `elsewhere` when another process is at it.
 */
export async function followHistory(
  database: Database,
  log: EventLog,
  pace: Pace = USUAL_PACE,
): Promise<'more' | 'idle' | 'elsewhere'> {
  // Asked again and again while nothing happens: that should cost one look.
  const [ends] = await database.rows<Ends>(ENDS, [FOLLOWER]);
  const { head, followed, incomplete } = ends!;
  if (head <= followed && !incomplete) return 'idle';
  return database.transaction(async (tx) => {
    const before = await takeCheckpoint(tx, FOLLOWER);
    if (before === undefined) return 'elsewhere';
    // The epoch before must stand still while it is copied, so the log waits; reads do not.
    if (await hasIncomplete(tx)) {
      await copySlice(tx, pace.rows);
      return 'more';
    }
    if (head <= before) return 'more'; // another has been faster since
    const upTo = Math.min(head, before + pace.events);
    const page = await log.page(
      tx,
      { after: before, limit: pace.events, upTo, types: EXISTENCE_TYPES },
      pace.bytes,
    );
    const after = page.complete ? upTo : Math.min(upTo, page.entries.at(-1)!.position);
    await enterSlice(tx, page.entries, { before, after, pace });
    await moveCheckpoint(tx, FOLLOWER, after);
    return 'more';
  });
}

interface Slice {
  before: number;
  after: number;
  pace: Pace;
}

async function enterSlice(tx: Tx, entries: readonly Entry[], { before, after, pace }: Slice): Promise<void> {
  const byDirectory = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (isOperations(entry.directoryId)) continue; // nobody is in those
    const own = byDirectory.get(entry.directoryId);
    if (own) own.push(entry);
    else byDirectory.set(entry.directoryId, [entry]);
  }
  if (byDirectory.size === 0) return;
  const ids = [...byDirectory.keys()];
  await tx.rows(FIRST_EPOCHS, [ids, ids.map((id) => byDirectory.get(id)![0]!.position - 1)]);
  const epochs = await tx.rows<{ id: number; directory_id: string }>(LAST_EPOCHS, [ids]);
  const entered = epochs.map(({ id, directory_id }): Entered => ({
    epoch: id,
    comings: new Comings(byDirectory.get(directory_id)!),
  }));
  await enter(tx, entered, before);
  await tx.rows(NEXT_EPOCHS, [epochs.map(({ id }) => id), after, pace.changesAtLeast]);
}

interface Ends {
  head: number;
  followed: number;
  incomplete: boolean;
}

const ENDS = new Statement(
  'history-ends',
  `select l.position as head, coalesce((select position from checkpoint where name = $1), 0) as followed,
          exists (select from history_epoch where copied_from is not null) as incomplete
     from log_head l`,
);

// The first epoch of a directory begins with nobody.
const FIRST_EPOCHS = new Statement(
  'history-first-epochs',
  `insert into history_epoch (directory_id, position, things, changes)
   select d.id, d.position, 0, 0 from unnest($1::text[], $2::bigint[]) d (id, position)
    where not exists (select from history_epoch e where e.directory_id = d.id)`,
);

const LAST_EPOCHS = new Statement(
  'history-last-epochs',
  `select e.id, e.directory_id from unnest($1::text[]) d (id)
    cross join lateral (
      select id, directory_id from history_epoch where directory_id = d.id order by position desc limit 1
    ) e`,
);

const NEXT_EPOCHS = new Statement(
  'history-next-epochs',
  `insert into history_epoch (directory_id, position, things, changes, copied_from)
   select directory_id, $2, 0, 0, id from history_epoch
    where id = any($1) and ended_at is null and changes >= greatest(things, $3)`,
);
