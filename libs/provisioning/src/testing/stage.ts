/** A database, the shared transaction on it, and short words for commands. */
import type { DirectoryRules, LeavingPolicy, User } from '@app/directory';
import { EventLog, type Entry } from '@app/event-log';
import { Clock, Database, type Tx } from '@app/runtime';
import type { Attributes, MembershipStep } from '@app/scim';
import {
  AssignRoles,
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  RemapUsers,
  type ChangedGroup,
  type Origin,
  type Reviewed,
  type Write,
} from '../commands.js';
import { SharedTransaction } from '../shared-transaction.js';

export interface Stage {
  database: Database;
  log: EventLog;
  provisioning: SharedTransaction;
  /** How often it was told that events were written. */
  told(): number;
  close(): Promise<void>;
}

export async function stage(
  url: string,
  { poolSize = 10, clock = new Clock() }: { poolSize?: number; clock?: Clock } = {},
): Promise<Stage> {
  const database = await Database.connect(url, { poolSize });
  let told = 0;
  return {
    database,
    log: await EventLog.open(database),
    provisioning: new SharedTransaction(database, clock, () => void (told += 1)),
    told: () => told,
    close: () => database.close(),
  };
}

/** What a directory's owner has decided: about people who leave, and about how consumers see people. */
export type Decided = LeavingPolicy & { rules?: DirectoryRules | undefined };

/** Commands of one directory. */
export function directory(id: string, provisioning: SharedTransaction, decided?: Decided) {
  const origin: Origin = {
    directory: { id, organizationId: 'org_1', policy: decided, rules: decided?.rules },
    requestId: `request of ${id}`,
  };
  const submit = <T>(write: Write): Promise<T> => provisioning.submit(write) as Promise<T>;
  return {
    id,
    origin,
    create: (userName: string, more: Attributes = {}): Promise<User> =>
      submit(new CreateUser(origin, { userName, active: true, ...more })),
    change: (user: { id: string }, more: Attributes): Promise<User> =>
      submit(new ChangeUser(origin, user.id, (current) => ({ ...current, ...more }))),
    desire: (user: { id: string }, desire: (current: Attributes) => Attributes): Promise<User> =>
      submit(new ChangeUser(origin, user.id, desire)),
    changePassword: (user: { id: string }, more: Attributes = {}): Promise<User> =>
      submit(
        new ChangeUser(origin, user.id, (current) => ({ ...current, ...more }), {}, { hasPassword: true }),
      ),
    remove: (user: { id: string }): Promise<User> => submit(new DeleteUser(origin, user.id)),
    purge: (user: { id: string }): Promise<User> => submit(new DeleteUser(origin, user.id, {}, 'due')),
    createGroup: (
      displayName: string,
      members: { id: string }[] = [],
      more: Attributes = {},
    ): Promise<ChangedGroup> =>
      submit(
        new CreateGroup(
          origin,
          { displayName, ...more },
          members.map((member) => member.id),
        ),
      ),
    changeGroup: (
      group: { id: string },
      members: MembershipStep[],
      more: Attributes = {},
    ): Promise<ChangedGroup> =>
      submit(new ChangeGroup(origin, group.id, (current) => ({ ...current, ...more }), members)),
    remap: (ids: string[]): Promise<Reviewed> => provisioning.review(new RemapUsers(origin, ids)),
    assignRoles: (ids: string[]): Promise<Reviewed> => provisioning.review(new AssignRoles(origin, ids)),
    removeGroup: (group: { id: string }): Promise<ChangedGroup> => submit(new DeleteGroup(origin, group.id)),
  };
}

export type Directory = ReturnType<typeof directory>;

/** The directory's events, oldest first. */
export function eventsOf({ database, log }: Stage, directoryId: string): Promise<Entry[]> {
  return log.after(database, { after: 0, limit: 10_000, directoryId });
}

/** The whole log as words, for example `MembershipChanged`. */
export async function typesOf(stage: Stage, directoryId: string): Promise<string[]> {
  return (await eventsOf(stage, directoryId)).map(({ type }) => type);
}

/** Every row and column of the directory's views. */
export async function viewsOf(tx: Tx, directoryId: string): Promise<Record<string, unknown[]>> {
  const views: Record<string, unknown[]> = {};
  for (const [table, order] of [
    ['scim_user', 'id'],
    ['scim_group', 'id'],
    ['membership', 'group_id, member_id'],
  ] as const)
    views[table] = await tx.rows(`select * from ${table} where directory_id = $1 order by ${order}`, [
      directoryId,
    ]);
  return views;
}

/** The ids of who is in the group, by the views. */
export async function membersOf(tx: Tx, group: { id: string }): Promise<string[]> {
  const rows = await tx.rows<{ member_id: string }>(
    'select member_id from membership where group_id = $1 order by member_id',
    [group.id],
  );
  return rows.map((row) => row.member_id);
}

/** Which of the promises were kept: the values, and the names of what was thrown. */
export async function outcomes(promises: Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((each) => (each.status === 'fulfilled' ? 'done' : (each.reason as Error).name));
}
