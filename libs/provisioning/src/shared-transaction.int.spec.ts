import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { lockDirectory, verifyLog } from '@app/event-log';
import { Statement, type Tx } from '@app/runtime';
import { ScimError } from '@app/scim';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { activateDirectory, closeDirectory } from './directory-life.js';
import { NameTaken, TransactionFailed, UnknownResource } from './refusals.js';
import {
  directory,
  eventsOf,
  membersOf,
  outcomes,
  stage,
  typesOf,
  viewsOf,
  type Directory,
  type Stage,
} from './testing/stage.js';

let fresh: FreshDatabase;
let play: Stage;
let operator: Admin;

const POOL_SIZE = 10;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url, { poolSize: POOL_SIZE });
  operator = await admin(fresh.url);
});

const held: (() => Promise<void>)[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const letGo of held.splice(0)) await letGo();
});

afterAll(async () => {
  await operator.close();
  await play.close();
  // Whatever was asked above, in whatever order: the log is whole.
  const after = await stage(fresh.url, { poolSize: 1 });
  expect((await verifyLog(after.database)).flaws).toEqual([]);
  await after.close();
  await fresh.drop();
});

let directories = 0;
/** A directory that no other test knows. */
const another = (on: Stage = play): Directory =>
  directory(`directory_${(directories += 1)}`, on.provisioning);
const named = (count: number): string[] => Array.from({ length: count }, (_, index) => `person-${index}`);

/** Holds something of the database in a session of its own until told to let go. */
async function holding(take: (tx: Tx) => Promise<unknown>): Promise<() => Promise<void>> {
  const other = await admin(fresh.url);
  await other.rows('begin');
  await take(other);
  let over: Promise<void> | undefined;
  const letGo = (): Promise<void> => (over ??= other.close());
  held.push(letGo);
  return letGo;
}

const lockOf =
  (...ids: string[]) =>
  async (tx: Tx): Promise<void> => {
    for (const id of ids) await lockDirectory(tx, id);
  };

describe('commands that wait at the same time', () => {
  it('share one transaction', async () => {
    const [here, there] = [another(), another()];
    const transactions = jest.spyOn(play.database, 'flowing');
    await Promise.all(named(60).map((name, index) => (index % 2 === 0 ? here : there).create(name)));
    expect(transactions).toHaveBeenCalledTimes(1);
    const [row] = await operator.rows<{ transactions: number; events: number }>(
      'select count(distinct xmin::text) as transactions, count(*) as events from event where directory_id = any($1)',
      [[here.id, there.id]],
    );
    expect(row).toEqual({ transactions: 1, events: 60 });
  });

  it('share the next one, when they come while one is under way', async () => {
    const here = another();
    const transactions = jest.spyOn(play.database, 'flowing');
    let late: Promise<unknown[]> | undefined;
    const first = here.desire({ id: 'nobody' }, (current) => current).catch(() => 'refused');
    const second = here.create('first');
    transactions.mockImplementationOnce(async (work) => {
      late = Promise.all(named(50).map((name) => here.create(name)));
      return Object.getPrototypeOf(play.database).flowing.call(play.database, work);
    });
    expect(await first).toBe('refused');
    await second;
    await late;
    expect(transactions).toHaveBeenCalledTimes(2);
    expect(await typesOf(play, here.id)).toHaveLength(51);
  });

  it('are done in the order in which they came, each seeing what its predecessors left', async () => {
    const here = another();
    const ada = await here.create('ada', { externalId: 'x-1' });
    const [bea, clash, , freed, taken] = await Promise.allSettled([
      here.create('bea'),
      here.change(ada, { userName: 'BEA' }),
      here.change(ada, { userName: 'augusta', externalId: 'x-2' }),
      here.create('ada', { externalId: 'x-1' }),
      here.create('carl', { externalId: 'x-2' }),
    ]);
    expect(clash).toMatchObject({
      reason: {
        name: 'NameTaken',
        attribute: 'userName',
        holderId: (bea as { value?: { id: string } }).value?.id,
      },
    });
    expect(freed).toMatchObject({ status: 'fulfilled', value: { attributes: { userName: 'ada' } } });
    expect(taken).toMatchObject({ reason: { name: 'NameTaken', attribute: 'externalId', holderId: ada.id } });
    expect(await typesOf(play, here.id)).toEqual([
      'UserCreated',
      'UserCreated',
      'UserProfileChanged',
      'UserCreated',
    ]);
  });

  it('may delete a person and create another one of the same names', async () => {
    const here = another();
    const ada = await here.create('ada', { externalId: 'x' });
    const [, next] = await Promise.all([here.remove(ada), here.create('Ada', { externalId: 'x' })]);
    expect(next.id).not.toBe(ada.id);
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'UserDeleted', 'UserCreated']);
    expect((await viewsOf(play.database, here.id))['scim_user']).toMatchObject([{ id: next.id, version: 1 }]);
  });

  it('may let two people exchange their names', async () => {
    const here = another();
    const [ada, bea] = await Promise.all([
      here.create('ada', { externalId: 'a' }),
      here.create('bea', { externalId: 'b' }),
    ]);
    const exchanged = await Promise.all([
      here.change(ada, { userName: 'nobody', externalId: 'n' }),
      here.change(bea, { userName: 'ada', externalId: 'a' }),
      here.change(ada, { userName: 'bea', externalId: 'b' }),
      here.create('somebody else'),
    ]);
    expect(exchanged.slice(0, 3)).toMatchObject([
      { id: ada.id, version: 2 },
      { id: bea.id, version: 2, attributes: { userName: 'ada', externalId: 'a' } },
      { id: ada.id, version: 3, attributes: { userName: 'bea', externalId: 'b' } },
    ]);
    expect((await viewsOf(play.database, here.id))['scim_user']).toMatchObject(
      [
        { id: ada.id, user_name_key: 'bea', external_id: 'b' },
        { id: bea.id, user_name_key: 'ada', external_id: 'a' },
        { user_name_key: 'somebody else' },
      ].sort((a, b) => ((a.id ?? '~') < (b.id ?? '~') ? -1 : 1)),
    );
    expect(await typesOf(play, here.id)).toHaveLength(6);
  });

  it('are not disturbed by one that is refused', async () => {
    const here = another();
    const refusal = new ScimError(412, 'Somebody else was faster.');
    const ada = await here.create('ada');
    const settled = await Promise.allSettled([
      here.create('bea'),
      here.desire(ada, () => {
        throw refusal;
      }),
      here.change({ id: 'nobody' }, {}),
      here.create('ADA'),
      here.create('carl'),
    ]);
    expect(settled).toMatchObject([
      { value: { attributes: { userName: 'bea' } } },
      { reason: refusal },
      { reason: { name: 'UnknownResource', type: 'User', id: 'nobody' } },
      { reason: { name: 'NameTaken', holderId: ada.id } },
      { value: { attributes: { userName: 'carl' } } },
    ]);
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'UserCreated', 'UserCreated']);
  });
});

describe('one name wanted by many', () => {
  it('goes to one of twenty, and the others learn whose it is', async () => {
    const here = another();
    const settled = await Promise.allSettled(named(20).map(() => here.create('ada')));
    const won = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
    expect(won).toHaveLength(1);
    const lost = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as NameTaken] : []));
    expect(lost.map(({ name, holderId }) => [name, holderId])).toEqual(lost.map(() => ['NameTaken', won[0]]));
    expect(await typesOf(play, here.id)).toEqual(['UserCreated']);
  });

  it('goes to one of twenty also when several programs are asked', async () => {
    const others = await Promise.all([stage(fresh.url, { poolSize: 4 }), stage(fresh.url, { poolSize: 4 })]);
    const { id } = another();
    const results = await outcomes(
      [play, ...others].flatMap(({ provisioning }) =>
        named(7).map(() => directory(id, provisioning).create('ada', { externalId: 'e' })),
      ),
    );
    expect(results.sort()).toEqual([...named(20).map(() => 'NameTaken'), 'done']);
    expect(await typesOf(play, id)).toEqual(['UserCreated']);
    await Promise.all(others.map((other) => other.close()));
  });

  it.each([
    ['userName', 'ada', {}],
    ['externalId', 'bea', { externalId: 'e' }],
  ] as const)(
    'and taken between our look and our writing still has a holder: %s',
    async (attribute, name, more) => {
      const here = another();
      // Nobody takes a name beside the directory's lock but somebody who repairs things by hand.
      let byHand: Tx | undefined;
      const close = await holding(async (tx) => {
        byHand = tx;
        await tx.rows(
          `insert into scim_user (directory_id, id, user_name_key, external_id, email_keys, attributes, version,
                                  created_at, last_modified)
           values ($1, $2, 'ada', 'e', '{}', '{"userName": "ada", "externalId": "e"}', 1, now(), now())`,
          [here.id, `first of ${here.id}`],
        );
      });
      const late = here.create(name, more);
      const refused = expect(late).rejects.toMatchObject({
        name: 'NameTaken',
        attribute,
        holderId: `first of ${here.id}`,
      });
      await operator.waitingForLocks(1);
      await byHand!.rows('commit');
      await refused;
      await close();
      expect(await typesOf(play, here.id)).toEqual([]);
    },
  );

  it('of another directory is free', async () => {
    const [here, there] = [another(), another()];
    const people = await Promise.all([here, there].map((each) => each.create('ada', { externalId: 'e' })));
    expect(people).toHaveLength(2);
  });

  it('is free again when its holder is deleted', async () => {
    const here = another();
    const ada = await here.create('ada', { externalId: 'e' });
    await expect(here.create('b', { externalId: 'e' })).rejects.toBeInstanceOf(NameTaken);
    await here.remove(ada);
    expect(await here.create('ada', { externalId: 'e' })).toMatchObject({ version: 1 });
    await expect(here.remove(ada)).rejects.toMatchObject({ name: 'UnknownResource' });
  });
});

describe('a command that changes nothing', () => {
  it('writes no event, keeps the version, and tells nobody', async () => {
    const here = another();
    const ada = await here.create('ada', { emails: [{ value: 'a@b.c' }] });
    const { group } = await here.createGroup('g', [ada]);
    const [told, before] = [play.told(), await viewsOf(play.database, here.id)];
    expect(await here.change(ada, { emails: [{ value: 'a@b.c' }], active: true })).toMatchObject(ada);
    expect(
      (await here.changeGroup(group, [{ kind: 'add', ids: [ada.id] }], { displayName: 'g' })).group,
    ).toMatchObject(group);
    expect((await here.changeGroup(group, [{ kind: 'replace', ids: [ada.id] }])).group).toMatchObject(group);
    expect((await here.changeGroup(group, [{ kind: 'remove', ids: ['nobody'] }])).group).toMatchObject(group);
    expect(play.told()).toBe(told);
    expect(await viewsOf(play.database, here.id)).toEqual(before);
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'GroupCreated', 'MembershipChanged']);
  });
});

describe('the world outside', () => {
  it('is told once for each transaction that wrote events', async () => {
    const here = another();
    const told = play.told();
    await Promise.all(named(5).map((name) => here.create(name)));
    expect(play.told()).toBe(told + 1);
    await here.create('one more');
    expect(play.told()).toBe(told + 2);
  });

  it('hears in each event which request caused it', async () => {
    const here = another();
    await here.createGroup('g', [await here.create('ada')]);
    const causes = (await eventsOf(play, here.id)).map(({ requestId }) => requestId);
    expect(new Set(causes)).toEqual(new Set([here.origin.requestId]));
  });
});

describe('a heavy command', () => {
  it('does not hold up the others', async () => {
    const [here, there] = [another(), another()];
    const people = await Promise.all(named(2_000).map((name) => here.create(name)));
    const { group } = await here.createGroup('everybody');
    // From here on nobody can write memberships: the heavy command stands still in the middle of its transaction.
    const letGo = await holding((tx) => tx.rows('lock table membership in share mode'));
    const finished: string[] = [];
    const heavy = here
      .changeGroup(group, [{ kind: 'replace', ids: people.map(({ id }) => id) }])
      .then((changed) => {
        finished.push('heavy');
        return changed;
      });
    await operator.waitingForLocks(1);
    const neighbour = here.create('same directory').then(() => finished.push('neighbour'));
    await there.create('other directory').then(() => finished.push('stranger'));
    expect(finished).toEqual(['stranger']);
    await letGo();
    await Promise.all([heavy, neighbour]);
    expect(finished).toEqual(['stranger', 'heavy', 'neighbour']);
    expect((await heavy).group.version).toBe(2);
    expect(await membersOf(play.database, group)).toHaveLength(2_000);
    expect((await typesOf(play, here.id)).filter((type) => type === 'MembershipChanged')).toHaveLength(2_000);
  });

  it('whose directory is busy does not hold up heavy ones of others', async () => {
    const [here, there] = [another(), another()];
    const [mine, theirs] = await Promise.all([here.createGroup('g'), there.createGroup('g')]);
    const letGo = await holding(lockOf(here.id));
    const waiting = named(12).map(() => here.changeGroup(mine.group, [{ kind: 'replace', ids: [] }]));
    await there.changeGroup(theirs.group, [{ kind: 'replace', ids: [] }], { displayName: 'h' });
    await letGo();
    expect(await outcomes(waiting)).toEqual(waiting.map(() => 'done'));
  });
});

describe('a directory that somebody else is writing to', () => {
  it('keeps only its own commands waiting, and they go on when it is free', async () => {
    const [busy, free] = [another(), another()];
    const letGo = await holding(lockOf(busy.id));
    const finished: string[] = [];
    const waiting = ['ada', 'bea', 'ADA'].map((name) =>
      busy.create(name).then(
        () => finished.push(name),
        (error: Error) => finished.push(`${name}: ${error.name}`),
      ),
    );
    await Promise.all([free.create('ada'), free.create('bea')]);
    await free.create('carl');
    expect(finished).toEqual([]);
    await letGo();
    await Promise.all(waiting);
    expect(finished).toEqual(['ada', 'bea', 'ADA: NameTaken']);
    expect(await typesOf(play, busy.id)).toEqual(['UserCreated', 'UserCreated']);
  });

  it('does not keep others waiting either when there are more of its kind than connections', async () => {
    const busy = named(POOL_SIZE + 2).map(() => another());
    const free = another();
    const letGo = await holding(lockOf(...busy.slice(0, -1).map(({ id }) => id)));
    const letOneGo = await holding(lockOf(busy.at(-1)!.id));
    const waiting = busy.map((each) => outcomes([each.create('ada'), each.createGroup('g')]));
    await free.create('first');
    await free.create('second');
    await letOneGo();
    expect(await waiting.at(-1)).toEqual(['done', 'done']);
    await letGo();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => ['done', 'done']));
  });
});

describe('a transaction that fails', () => {
  const nothing = { scim_user: [], scim_group: [], membership: [] };
  const appending = (sql: string | Statement): boolean =>
    sql instanceof Statement && sql.name.startsWith('append');

  /** Lets `instead` happen where the transaction would write to the log. */
  function failing(instead: (tx: Tx) => Promise<unknown>): void {
    const proper = play.database.flowing.bind(play.database);
    jest.spyOn(play.database, 'flowing').mockImplementation((work) =>
      proper(async (tx) => {
        const rows: Tx['rows'] = async (sql, values) => {
          if (appending(sql)) await instead(tx);
          return tx.rows(sql, values);
        };
        const { result, last } = await work({ rows });
        await Promise.all(last); // what is injected may take a while; the COMMIT must not come before it
        return { result, last: [] };
      }),
    );
  }

  it('because of a value that the database cannot hold tells the one who brought it, and does the others', async () => {
    const here = another();
    failing((tx) => tx.rows('select 1/0'));
    const settled = await Promise.allSettled([
      here.create('ada'),
      here.create('bob'),
      here.change({ id: 'nobody' }, {}),
    ]);
    jest.restoreAllMocks();
    expect(settled.map((each) => each.status === 'rejected' && each.reason)).toEqual([
      expect.objectContaining({ code: '22012' }),
      expect.objectContaining({ code: '22012' }),
      expect.any(UnknownResource),
    ]);
    expect(await here.create('ada')).toMatchObject({ version: 1 });
  });

  it.each<[string, (tx: Tx) => Promise<unknown>]>([
    ['a statement is wrong', (tx) => tx.rows('select * from no_such_table')],
    [
      'its connection dies',
      async (tx) => {
        const [row] = await tx.rows<{ pid: number }>('select pg_backend_pid() as pid');
        await operator.kill(row!.pid);
      },
    ],
    ['it may not be committed', (tx) => tx.rows('set transaction read only')],
  ])('because %s tells all who shared it, and nothing of it has happened', async (_why, instead) => {
    const here = another();
    const told = play.told();
    failing(instead);
    const settled = await Promise.allSettled([
      here.create('ada'),
      here.createGroup('g'),
      here.change({ id: 'nobody' }, {}),
    ]);
    expect(settled.map((each) => each.status === 'rejected' && each.reason)).toEqual([
      expect.any(TransactionFailed),
      expect.any(TransactionFailed),
      expect.any(TransactionFailed),
    ]);
    expect((settled[0] as PromiseRejectedResult).reason).toHaveProperty('cause');
    jest.restoreAllMocks();
    expect(await viewsOf(play.database, here.id)).toEqual(nothing);
    expect(await typesOf(play, here.id)).toEqual([]);
    expect(play.told()).toBe(told);
    expect(await here.create('ada')).toMatchObject({ version: 1 });
    expect(await typesOf(play, here.id)).toEqual(['UserCreated']);
  });

  it('because of a heavy command tells that one, and leaves the others alone', async () => {
    const here = another();
    const { group } = await here.createGroup('g');
    failing((tx) => tx.rows('select * from no_such_table'));
    await expect(
      here.changeGroup(group, [{ kind: 'replace', ids: [] }], { displayName: 'h' }),
    ).rejects.toBeInstanceOf(TransactionFailed);
    jest.restoreAllMocks();
    expect(await here.changeGroup(group, [], { displayName: 'h' })).toMatchObject({ group: { version: 2 } });
  });

  it('because there is no database any more is said, not waited for', async () => {
    const gone = await stage(fresh.url, { poolSize: 2 });
    const here = another(gone);
    await gone.close();
    expect(await outcomes([here.create('ada'), here.createGroup('g')])).toEqual([
      'TransactionFailed',
      'TransactionFailed',
    ]);
  });
});

describe('a directory', () => {
  const facts = (id: string) => ({
    id,
    organizationId: 'org_1',
    name: 'Example',
    type: 'generic scim v2.0',
    externalKey: 'k',
    created: '2030-01-01T12:00:00.000Z',
    updated: '2030-01-01T12:00:00.000Z',
  });
  const occasion = { requestId: 'r', now: new Date('2030-01-01T12:00:00.000Z') };

  it('begins and ends with an event; what comes later is refused, and its views are empty', async () => {
    const here = another();
    await play.database.transaction((tx) =>
      activateDirectory(tx, { directory: facts(here.id), domains: [] }, occasion),
    );
    await here.createGroup('g', [await here.create('ada')]);
    await play.database.transaction((tx) => closeDirectory(tx, facts(here.id), occasion));
    const [last, there] = [await typesOf(play, here.id), another()];
    expect(last).toEqual([
      'DirectoryActivated',
      'UserCreated',
      'GroupCreated',
      'MembershipChanged',
      'DirectoryDeleted',
    ]);
    expect(await outcomes([here.create('bea'), there.create('bea'), here.createGroup('h')])).toEqual([
      'DirectoryClosed',
      'done',
      'DirectoryClosed',
    ]);
    expect(await viewsOf(play.database, here.id)).toEqual({ scim_user: [], scim_group: [], membership: [] });
    expect(await typesOf(play, here.id)).toEqual(last);
  });

  it('that is being closed lets the commands wait, and refuses them afterwards', async () => {
    const here = another();
    await here.create('ada');
    let late: Promise<unknown[]> | undefined;
    await play.database.transaction(async (tx) => {
      await closeDirectory(tx, facts(here.id), occasion);
      late = outcomes([here.create('bea'), here.createGroup('g')]);
      await operator.waitingForLocks(1);
    });
    expect(await late).toEqual(['DirectoryClosed', 'DirectoryClosed']);
  });
});
