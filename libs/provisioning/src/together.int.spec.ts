import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verifyLog } from '@app/event-log';
import { newId, type Tx } from '@app/runtime';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import {
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteUser,
  type Desire,
  type Write,
} from './commands.js';
import { closeDirectory } from './directory-life.js';
import { DirectoryClosed, NameTaken, NeededPartFailed, TransactionFailed } from './refusals.js';
import {
  directory,
  eventsOf,
  membersOf,
  stage,
  typesOf,
  viewsOf,
  type Directory,
  type Stage,
} from './testing/stage.js';
import { WriteTogether, type Outcomes, type Part } from './together.js';

let fresh: FreshDatabase;
let play: Stage;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url, { poolSize: 6 });
  operator = await admin(fresh.url);
});

afterEach(() => {
  jest.restoreAllMocks();
});

afterAll(async () => {
  expect((await verifyLog(play.database)).flaws).toEqual([]);
  await operator.close();
  await play.close();
  await fresh.drop();
});

let directories = 0;
const another = (): Directory => directory(`directory_${(directories += 1)}`, play.provisioning);
const named = (count: number): string[] => Array.from({ length: count }, (_, index) => `person-${index}`);
const userId = (): string => newId('directory_user', new Date());
const groupId = (): string => newId('directory_group', new Date());

/** Short words for the commands of a directory that go together. */
function together(here: Directory) {
  const { origin } = here;
  return {
    user: (userName: string, id = userId()): CreateUser =>
      new CreateUser(origin, { userName, active: true }, { id }),
    change: (id: string, desire: Desire): ChangeUser => new ChangeUser(origin, id, desire),
    remove: (id: string): DeleteUser => new DeleteUser(origin, id),
    group: (displayName: string, memberIds: string[] = [], id = groupId()): CreateGroup =>
      new CreateGroup(origin, { displayName }, memberIds, { id }),
    add: (id: string, ...ids: string[]): ChangeGroup =>
      new ChangeGroup(origin, id, (current) => current, [{ kind: 'add', ids }]),
    /** Each by itself, in this order, unless units are given. */
    submit: (
      writes: (Write | Part)[],
      { units, failOnErrors }: { units?: number[][]; failOnErrors?: number } = {},
    ): Promise<Outcomes> => {
      const parts = writes.map((write): Part => ('needs' in write ? write : { write, needs: [] }));
      return play.provisioning.submitTogether(
        new WriteTogether(origin, parts, units ?? parts.map((_, index) => [index]), { failOnErrors }),
      );
    },
  };
}

/** The name of what was thrown, or done; nothing for what was not reached. */
const words = (outcomes: Outcomes, count = outcomes.length): (string | undefined)[] =>
  Array.from({ length: count }, (_, index) => {
    const outcome = outcomes[index];
    return outcome && ('written' in outcome ? 'done' : ((outcome.refusal as Error).name ?? 'refused'));
  });

const setting =
  (attributes: object): Desire =>
  (current) => ({ ...current, ...attributes });

// PostgreSQL has no place for this character, and says so only when it is asked to keep it.
const UNSTORABLE = 'a\u0000b';

describe('commands that are submitted together', () => {
  it('share one transaction, of which others see everything or nothing', async () => {
    const here = another();
    const bulk = together(here);
    const [ada, team] = [bulk.user('ada'), groupId()];
    const other = await admin(fresh.url);
    await other.rows('begin');
    await other.rows('lock table membership in share mode');
    const submitted = bulk.submit([ada, bulk.user('bea'), bulk.group('g', [ada.creation.id!], team)]);
    await operator.waitingForLocks(1);
    expect(await viewsOf(play.database, here.id)).toEqual({ scim_user: [], scim_group: [], membership: [] });
    expect(await typesOf(play, here.id)).toEqual([]);
    await other.close();
    expect(words(await submitted)).toEqual(['done', 'done', 'done']);
    expect(await membersOf(play.database, { id: team })).toEqual([ada.creation.id]);
    const [row] = await operator.rows<{ transactions: number }>(
      'select count(distinct xmin::text) as transactions from event where directory_id = $1',
      [here.id],
    );
    expect(row).toEqual({ transactions: 1 });
    expect(await typesOf(play, here.id)).toEqual([
      'UserCreated',
      'UserCreated',
      'GroupCreated',
      'MembershipChanged',
    ]);
  });

  it('take as many statements when they are many as when they are few', async () => {
    const counted = async (count: number): Promise<number> => {
      const bulk = together(another());
      const people = named(count).map((name) => bulk.user(name));
      const ids = people.map(({ creation }) => creation.id!);
      const transactions = jest.spyOn(play.database, 'flowing');
      const proper = Object.getPrototypeOf(play.database).flowing as typeof play.database.flowing;
      let statements = 0;
      transactions.mockImplementation(
        (work) =>
          proper.call(play.database, (tx: Tx) =>
            work({
              rows: (sql, values) => {
                statements += 1;
                return tx.rows(sql, values);
              },
            }),
          ) as ReturnType<typeof work> as never,
      );
      const outcomes = await bulk.submit([
        ...people,
        bulk.group('g', ids),
        ...ids.map((id) => bulk.change(id, setting({ title: 'Countess' }))),
      ]);
      expect(new Set(words(outcomes))).toEqual(new Set(['done']));
      expect(transactions).toHaveBeenCalledTimes(1);
      jest.restoreAllMocks();
      return statements;
    };
    expect(await counted(60)).toBe(await counted(3));
    // More than 500 events are staged before they are appended, by the thousand.
    expect(await counted(320)).toBe(await counted(200));
  });

  it('are done in their order, each seeing what its predecessors left', async () => {
    const here = another();
    const bulk = together(here);
    const old = await here.create('old');
    const ada = bulk.user('ada');
    const id = ada.creation.id!;
    const outcomes = await bulk.submit([
      ada,
      bulk.change(id, setting({ userName: 'OLD' })),
      bulk.remove(old.id),
      bulk.change(id, setting({ userName: 'OLD' })),
      bulk.user('ada'),
      bulk.remove(id),
      bulk.change(id, setting({ title: 'gone' })),
    ]);
    expect(words(outcomes)).toEqual(['done', 'NameTaken', 'done', 'done', 'done', 'done', 'UnknownResource']);
    expect(outcomes[3]).toMatchObject({ written: { id, version: 2, attributes: { userName: 'OLD' } } });
    expect(await typesOf(play, here.id)).toEqual([
      'UserCreated',
      'UserCreated',
      'UserDeleted',
      'UserProfileChanged',
      'UserCreated',
      'UserDeleted',
    ]);
  });

  it('are told of the holder of a name that somebody new, or changed before, would take', async () => {
    const here = another();
    const bulk = together(here);
    const [ada, bea] = [await here.create('ada', { externalId: 'a' }), await here.create('bea')];
    const carl = bulk.user('carl');
    const transactions = jest.spyOn(play.database, 'flowing');
    const rename: Desire = (current) =>
      current['title'] === 'Countess' ? { ...current, userName: 'ADA' } : current;
    const outcomes = await bulk.submit([
      carl,
      bulk.change(carl.creation.id!, setting({ externalId: 'a' })),
      bulk.change(bea.id, setting({ title: 'Countess' })),
      bulk.change(bea.id, rename),
    ]);
    expect(words(outcomes)).toEqual(['done', 'NameTaken', 'done', 'NameTaken']);
    for (const at of [1, 3]) expect(outcomes[at]).toMatchObject({ refusal: { holderId: ada.id } });
    expect(transactions).toHaveBeenCalledTimes(1);
  });

  it('carry the id of their request into every event', async () => {
    const here = another();
    const bulk = together(here);
    await bulk.submit(named(3).map((name) => bulk.user(name)));
    expect((await eventsOf(play, here.id)).map(({ requestId }) => requestId)).toEqual(
      named(3).map(() => here.origin.requestId),
    );
  });

  it('may be sent again: what is done already is refused, or changes nothing', async () => {
    const here = another();
    const bulk = together(here);
    const [ada, bea] = [await here.create('ada'), bulk.user('bea')];
    const writes = (): Write[] => [
      bulk.change(ada.id, setting({ title: 'Countess' })),
      bulk.user('bea', bea.creation.id),
    ];
    expect(words(await bulk.submit(writes()))).toEqual(['done', 'done']);
    const before = await typesOf(play, here.id);
    const again = [bulk.change(ada.id, setting({ title: 'Countess' })), bulk.user('bea')];
    expect(words(await bulk.submit(again))).toEqual(['done', 'NameTaken']);
    expect(await typesOf(play, here.id)).toEqual(before);
  });

  it('do not keep other directories waiting, and single commands of their own come before or behind them', async () => {
    const [here, there] = [another(), another()];
    const bulk = together(here);
    const other = await admin(fresh.url);
    await other.rows('begin');
    await other.rows('lock table membership in share mode');
    const ada = bulk.user('ada');
    const finished: string[] = [];
    const submitted = bulk
      .submit([ada, bulk.group('g', [ada.creation.id!])])
      .then(() => finished.push('bulk'));
    await operator.waitingForLocks(1);
    const neighbour = here.create('bea').then(() => finished.push('neighbour'));
    await there.create('ada').then(() => finished.push('stranger'));
    expect(finished).toEqual(['stranger']);
    await other.close();
    await Promise.all([submitted, neighbour]);
    expect(finished).toEqual(['stranger', 'bulk', 'neighbour']);
  });

  it('of a directory that was deleted are refused as a whole', async () => {
    const here = another();
    await here.create('ada');
    const facts = {
      id: here.id,
      organizationId: 'org_1',
      name: 'Example',
      type: 'generic scim v2.0',
      externalKey: 'k',
      created: '2030-01-01T12:00:00.000Z',
      updated: '2030-01-01T12:00:00.000Z',
    };
    await play.database.transaction((tx) => closeDirectory(tx, facts, { requestId: 'r', now: new Date() }));
    const bulk = together(here);
    await expect(bulk.submit([bulk.user('bea')])).rejects.toBeInstanceOf(DirectoryClosed);
  });
});

describe('a part that is refused', () => {
  it('disturbs no other, but for those who need it', async () => {
    const here = another();
    const bulk = together(here);
    await here.create('ada');
    const [taken, free] = [bulk.user('ADA'), bulk.user('bea')];
    const outcomes = await bulk.submit([
      { write: { refusal: new Error('not even read') }, needs: [] },
      taken,
      free,
      { write: bulk.group('of the first', [userId()]), needs: [0] },
      { write: bulk.group('of both', [taken.creation.id!, free.creation.id!]), needs: [1, 2] },
      { write: bulk.group('of those', [free.creation.id!]), needs: [4] },
      { write: bulk.group('of one', [free.creation.id!]), needs: [2] },
    ]);
    expect(words(outcomes)).toEqual([
      'Error',
      'NameTaken',
      'done',
      'NeededPartFailed',
      'NeededPartFailed',
      'NeededPartFailed',
      'done',
    ]);
    expect(
      outcomes.map((each) => each && 'refusal' in each && (each.refusal as NeededPartFailed).part),
    ).toEqual([undefined, undefined, false, 0, 1, 4, false]);
    expect(await typesOf(play, here.id)).toEqual([
      'UserCreated',
      'UserCreated',
      'GroupCreated',
      'MembershipChanged',
    ]);
  });

  it.each([
    [1, ['done', 'NameTaken', undefined, undefined, undefined]],
    [2, ['done', 'NameTaken', 'done', 'UnknownResource', undefined]],
    [3, ['done', 'NameTaken', 'done', 'UnknownResource', 'done']],
  ])(
    'ends the whole when it is error number %s of as many, and what was done stays',
    async (failOnErrors, expected) => {
      const here = another();
      const bulk = together(here);
      const writes = [
        bulk.user('ada'),
        bulk.user('ada'),
        bulk.user('bea'),
        bulk.remove('nobody'),
        bulk.user('carl'),
      ];
      const outcomes = await bulk.submit(writes, { failOnErrors });
      expect(words(outcomes, 5)).toEqual(expected);
      expect((await viewsOf(play.database, here.id))['scim_user']).toHaveLength(
        expected.filter((word) => word === 'done').length,
      );
    },
  );
});

describe('groups that are members of each other', () => {
  it('are made together, with as many events as if they could be made one after the other', async () => {
    const here = another();
    const bulk = together(here);
    const [a, b, ada] = [groupId(), groupId(), bulk.user('ada')];
    const outcomes = await bulk.submit(
      [
        { write: bulk.group('A', [b], a), needs: [1] },
        { write: bulk.group('B', [a, ada.creation.id!], b), needs: [0, 2] },
        ada,
      ],
      { units: [[2], [0, 1]] },
    );
    expect(outcomes).toMatchObject([
      { written: { group: { id: a, version: 2 }, unknownMembers: [] } },
      { written: { group: { id: b, version: 2 }, unknownMembers: [] } },
      { written: { id: ada.creation.id } },
    ]);
    expect(await membersOf(play.database, { id: a })).toEqual([b]);
    expect(await membersOf(play.database, { id: b })).toEqual([a, ada.creation.id].sort());
    expect(await typesOf(play, here.id)).toEqual([
      'UserCreated',
      'GroupCreated',
      'GroupCreated',
      'MembershipChanged',
      'MembershipChanged',
      'MembershipChanged',
    ]);
  });

  it('leave nothing behind when one of them cannot be made, and the rest is done', async () => {
    const here = another();
    const bulk = together(here);
    const [a, b] = [groupId(), groupId()];
    const itself = new CreateGroup(here.origin, { displayName: 'B' }, [a, b], { id: b });
    const outcomes = await bulk.submit(
      [
        bulk.user('ada'),
        { write: bulk.group('A', [b], a), needs: [2] },
        { write: itself, needs: [1] },
        { write: bulk.group('C', [a]), needs: [1] },
        bulk.user('bea'),
      ],
      { units: [[0], [1, 2], [3], [4]] },
    );
    expect(words(outcomes)).toEqual([
      'done',
      'NeededPartFailed',
      'MemberOfItself',
      'NeededPartFailed',
      'done',
    ]);
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'UserCreated']);
    expect((await viewsOf(play.database, here.id))['scim_group']).toEqual([]);
    expect(words(await bulk.submit([bulk.user('ada')]))).toEqual(['NameTaken']);
  });

  it('are left alone when one of them was refused before', async () => {
    const bulk = together(another());
    const [a, b] = [groupId(), groupId()];
    const outcomes = await bulk.submit(
      [
        { write: bulk.group('A', [b], a), needs: [1] },
        { write: { refusal: new Error('not even read') }, needs: [0] },
      ],
      { units: [[0, 1]] },
    );
    expect(words(outcomes)).toEqual(['NeededPartFailed', 'Error']);
  });
});

describe('a value that the database refuses', () => {
  it('fails its own command only, in the order and with the needs of the whole', async () => {
    const here = another();
    const bulk = together(here);
    const [first, bad, last] = [bulk.user('first'), bulk.user(UNSTORABLE), bulk.user('last')];
    const outcomes = await bulk.submit([
      first,
      bulk.change(first.creation.id!, setting({ title: 'Countess' })),
      bad,
      { write: bulk.group('of the bad', [bad.creation.id!]), needs: [2] },
      { write: bulk.group('of the first', [first.creation.id!]), needs: [0] },
      last,
      bulk.user('LAST'),
    ]);
    expect(words(outcomes)).toEqual([
      'done',
      'done',
      expect.stringMatching(/QueryFailedError|error/),
      'NeededPartFailed',
      'done',
      'done',
      'NameTaken',
    ]);
    expect(outcomes[2]).toMatchObject({ refusal: { code: expect.stringMatching(/^22/) } });
    expect(await typesOf(play, here.id)).toEqual([
      'UserCreated',
      'UserProfileChanged',
      'GroupCreated',
      'MembershipChanged',
      'UserCreated',
    ]);
  });

  it('counts as an error of the whole', async () => {
    const here = another();
    const bulk = together(here);
    const writes = [bulk.user('a'), bulk.user(UNSTORABLE), bulk.user('b'), bulk.user('c'), bulk.user('d')];
    const outcomes = await bulk.submit(writes, { failOnErrors: 1 });
    expect(words(outcomes, 5)).toEqual(['done', expect.any(String), undefined, undefined, undefined]);
    expect(await typesOf(play, here.id)).toEqual(['UserCreated']);
  });

  it('may be a name that was taken behind our back: the one who wanted it is told', async () => {
    const here = another();
    const bulk = together(here);
    const [, bea] = [await here.create('ada'), await here.create('bea')];
    let asked = 0;
    // It does not say beforehand that it will want the name.
    const sly: Desire = (current) => ((asked += 1) % 2 === 1 ? current : { ...current, userName: 'ada' });
    const outcomes = await bulk.submit([bulk.user('carl'), bulk.change(bea.id, sly), bulk.user('dora')]);
    expect(words(outcomes)).toEqual(['done', 'NameTaken', 'done']);
    expect((outcomes[1] as { refusal: NameTaken }).refusal.attribute).toBe('userName');
    expect(await typesOf(play, here.id)).toHaveLength(4);
  });
});

describe('a transaction of many commands that fails', () => {
  it('because its connection dies has done nothing, says so, and may be tried again', async () => {
    const here = another();
    const bulk = together(here);
    const told = play.told();
    const proper = play.database.flowing.bind(play.database);
    jest.spyOn(play.database, 'flowing').mockImplementationOnce((work) =>
      proper(async (tx) => {
        const { result, last } = await work(tx);
        await Promise.all(last);
        const [row] = await tx.rows<{ pid: number }>('select pg_backend_pid() as pid');
        await operator.kill(row!.pid);
        return { result, last: [] };
      }),
    );
    const writes = (): Write[] => [bulk.user('ada'), bulk.group('g'), bulk.remove('nobody')];
    await expect(bulk.submit(writes())).rejects.toBeInstanceOf(TransactionFailed);
    expect(await viewsOf(play.database, here.id)).toEqual({ scim_user: [], scim_group: [], membership: [] });
    expect(await typesOf(play, here.id)).toEqual([]);
    expect(play.told()).toBe(told);
    expect(words(await bulk.submit(writes()))).toEqual(['done', 'done', 'UnknownResource']);
    expect(play.told()).toBe(told + 1);
  });
});
