/** Begins where a snapshot stands: everything that there is and the place after it, in one transaction of the application. */
import type { DirectoryStanding, OrganizationStanding, Snapshot, SnapshotItem } from '../calls/snapshots.js';
import type { RollcallClient } from '../client.js';

/** What a store must be able to do for it. */
export interface Placing<Tx> {
  /** Keeps everybody else from moving the consumer until the transaction ends. @returns whether it is new. */
  claim(tx: Tx, consumer: string): Promise<boolean>;
  /** @param known of each directory the number of its last event up to there. */
  seek(tx: Tx, consumer: string, cursor: string | null, known: Record<string, number>): Promise<void>;
}

export interface SnapshotStart<Tx> {
  client: Pick<RollcallClient, 'organizations' | 'directories'>;
  store: Placing<Tx>;
  /** What the consumer `wants`, in the same words. */
  of: 'everything' | { organization_id: string } | { directory: string };
  /**
   * Writes some of what there is, with `tx`: some hundred at most, people before groups, groups before who is in which.
   * Ids that are there already are to be overwritten. `standing` has the number (`context.sequence`) that each directory is as of.
   */
  save: (
    items: readonly SnapshotItem[],
    tx: Tx,
    standing: DirectoryStanding | OrganizationStanding,
  ) => Promise<void> | void;
  /** The name of the consumer; `default` unless told otherwise. */
  name?: string;
  /** Also when it has begun already: after `CursorExpired`. Empty your tables before, in the same transaction. */
  again?: boolean;
  signal?: AbortSignal;
}

export interface SnapshotBeginning {
  /** After which the consumer goes on. */
  cursor: string | null;
  users: number;
  groups: number;
  memberships: number;
}

type AnySnapshot = Snapshot<DirectoryStanding | OrganizationStanding>;

const SAVED_AT_ONCE = 500;

/**
 * @param tx when it commits, the consumer has begun; when anything here throws, roll it back and nothing has happened.
 * @returns undefined, and does nothing, when the consumer has begun already.
 * @throws AnswerCutOff | RollcallError | RollcallUnreachable
 */
export async function beginFromSnapshot<Tx>(
  tx: Tx,
  options: SnapshotStart<Tx>,
): Promise<SnapshotBeginning | undefined> {
  const { store, name = 'default', again = false } = options;
  const isNew = await store.claim(tx, name);
  if (!isNew && !again) return undefined;
  const begun: SnapshotBeginning = { cursor: null, users: 0, groups: 0, memberships: 0 };
  const known: Record<string, number> = {};
  let isFirst = true;
  for await (const snapshot of snapshotsOf(options)) {
    // What happened while the later ones were taken comes again by the feed.
    if (isFirst) begun.cursor = snapshot.position_cursor;
    isFirst = false;
    const { standing } = snapshot;
    if (standing.position_cursor === begun.cursor)
      Object.assign(
        known,
        'sequences' in standing ? standing.sequences : { [standing.directory_id]: standing.sequence },
      );
    await saveAll(tx, snapshot, options);
    begun.users += snapshot.end!.users.count;
    begun.groups += snapshot.end!.groups.count;
    begun.memberships += snapshot.end!.memberships.count;
  }
  await store.seek(tx, name, begun.cursor, known);
  return begun;
}

async function saveAll<Tx>(tx: Tx, snapshot: AnySnapshot, { save }: SnapshotStart<Tx>): Promise<void> {
  let items: SnapshotItem[] = [];
  for await (const item of snapshot) {
    items.push(item);
    if (items.length < SAVED_AT_ONCE) continue;
    await save(items, tx, snapshot.standing);
    items = [];
  }
  if (items.length > 0) await save(items, tx, snapshot.standing);
}

async function* snapshotsOf<Tx>({
  client,
  of,
  signal,
}: SnapshotStart<Tx>): AsyncGenerator<AnySnapshot, void, undefined> {
  const how = signal ? { signal } : {};
  if (of === 'everything') return yield* ofAllOrganizations(client, how);
  yield 'directory' in of
    ? await client.directories.snapshot(of.directory, how)
    : await client.organizations.snapshot(of.organization_id, how);
}

/**
 * The feed will tell what happens after the first snapshot. So whoever was made before it and after the list was read must be
 * in another list.
 */
async function* ofAllOrganizations(
  client: Pick<RollcallClient, 'organizations'>,
  how: { signal?: AbortSignal },
): AsyncGenerator<AnySnapshot, void, undefined> {
  const seen = new Set<string>();
  for (let before = -1; before < seen.size;) {
    before = seen.size;
    for await (const { id } of client.organizations.all({ order: 'asc' }, how)) {
      if (seen.has(id)) continue;
      seen.add(id);
      const snapshot = await client.organizations.snapshot(id, how).catch(unlessGone);
      if (snapshot) yield snapshot;
    }
  }
}

/** It was deleted since it was listed. */
function unlessGone(error: unknown): undefined {
  if ((error as { status?: number }).status !== 404) throw error;
}
