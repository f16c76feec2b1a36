// A snapshot of any moment and the events after its position are, together, exactly what the directory holds; and a digest proves it.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { published, publishedGroup, publishedUser, recorded } from '@app/directory';
import { headPosition } from '@app/event-log';
import { loadGroups, loadUsers, sumsOf } from '@app/projections';
import { Database, type Tx } from '@app/runtime';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { Holding, linesOf, type Told } from '../../../../../test/support/holding.js';
import { eventually, freshDatabase, type FreshDatabase } from '../../../../../test/support/index.js';
import { history, live } from '../../../../../libs/provisioning/src/testing/history.js';
import { regularsOf, type Regulars } from '../../../../../libs/provisioning/src/testing/regulars.js';
import { directory, stage, type Stage } from '../../../../../libs/provisioning/src/testing/stage.js';
import { comparisonOf } from './comparison.js';
import { shownSums } from './line-digest.js';
import { snapshotOf } from './snapshot.js';
import { standingOf, type Scope, type Standing } from './standing.js';

jest.setTimeout(240_000);

const LIMITS = { statementInMilliseconds: 60_000, silentInMilliseconds: 60_000 };
const BELONGING = { organizationId: 'org_1' };

let fresh: FreshDatabase;
let play: Stage;
let reader: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url);
  reader = await Database.connect(fresh.url, { poolSize: 8 });
  await asOwner(
    `insert into organization (id, name, created_at, updated_at) values ('org_1', 'Acme', now(), now())`,
  );
});

afterAll(async () => {
  await reader.close();
  await play.close();
  await fresh.drop();
});

async function asOwner(sql: string): Promise<void> {
  await play.database.rows(sql);
}

/** The row that the admin API would have made. */
async function connect(id: string): Promise<Scope> {
  await asOwner(
    `insert into directory (id, organization_id, name, type, state, external_key, created_at, updated_at)
     values ('${id}', 'org_1', 'People', 'generic scim v2.0', 'linked', '${id}', now(), now())`,
  );
  return { of: 'directory', id };
}

function read<T>(scope: Scope, work: (tx: Tx, standing: Standing) => AsyncGenerator<T>): AsyncGenerator<T> {
  return reader.picture(async function* (tx) {
    yield* work(tx, await standingOf({ tx, log: play.log, now: new Date() }, scope));
  }, LIMITS);
}

async function all(parts: AsyncGenerator<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

interface Taken {
  text: string;
  /** Of somebody, after its place and before its end. */
  told: string;
}

/** A snapshot whose reader pauses after the first line until others have written more. */
async function slowSnapshot(
  scope: Scope,
  writing: { ended: boolean },
  meanwhile: () => Promise<string>,
): Promise<Taken> {
  const parts = read(scope, snapshotOf);
  const { value: head } = (await parts.next()) as { value: string };
  const begun = await headPosition(reader);
  const told = await meanwhile();
  await eventually(
    async () => {
      if (!writing.ended && (await headPosition(reader)) < begun + 20)
        throw new Error('nobody has written yet');
    },
    { withinInSeconds: 60 },
  );
  return { text: head + (await all(parts)), told };
}

async function tailOf(directoryIds: string[], cursor: unknown): Promise<Told[]> {
  const after = cursor === null ? 0 : play.log.positionOf(cursor as string)!;
  const entries = await play.log.after(reader, { after, directoryIds, limit: 100_000 });
  return entries.flatMap((entry) => published(recorded(entry)) ?? []);
}

/** What is really there, read in the plainest way. */
async function truth(directoryIds: string[]): Promise<Holding> {
  const holding = new Holding();
  for (const directoryId of directoryIds) {
    const ids = async (table: string): Promise<[string, string][]> =>
      (
        await reader.rows<{ id: string }>(`select id from ${table} where directory_id = $1`, [directoryId])
      ).map(({ id }) => [directoryId, id]);
    const belonging = { ...BELONGING, directoryId };
    const people = await loadUsers(reader, {
      ids: await ids('scim_user'),
      userNameKeys: [],
      externalIds: [],
    });
    for (const user of people.filter(({ concealed }) => !concealed))
      holding.users.set(user.id, publishedUser(user, belonging) as never);
    for (const group of await loadGroups(reader, await ids('scim_group')))
      holding.groups.set(group.id, publishedGroup(group, belonging) as never);
    const rows = await reader.rows<{ group_id: string; member_id: string }>(
      'select group_id, member_id from membership where directory_id = $1',
      [directoryId],
    );
    for (const { group_id, member_id } of rows)
      if (holding.users.has(member_id)) holding.memberships.add(`${group_id} ${member_id}`);
  }
  return holding;
}

async function digestOf(scope: Scope): Promise<object> {
  const parts = read(scope, async function* (tx, { directoryIds }) {
    yield shownSums(await sumsOf(tx, directoryIds));
  });
  for await (const shown of parts) return shown;
  throw new Error('there was no digest');
}

interface Lived {
  scope: Scope;
  regulars: Regulars;
  snapshots: Taken[];
}

/** Several writers, each with a transaction queue of its own like a hub's, in one directory at once. */
async function lived(id: string, seed: number): Promise<Lived> {
  const scope = await connect(id);
  const regulars = await regularsOf(play, id);
  const writing = { ended: false };
  const lives = fc.sample(history, { numRuns: 3, seed }).map((rounds) => live(play, id, rounds));
  const ended = Promise.all(lives).finally(() => (writing.ended = true));
  const snapshots: Taken[] = [];
  // One while the comer is there at least, and one while they are not.
  while (!writing.ended || snapshots.length < 2)
    snapshots.push(await slowSnapshot(scope, writing, regulars.turn));
  expect((await ended).flat()).toEqual([]);
  return { scope, regulars, snapshots };
}

/** What is there and no consumer knows of: without it, that it is left out would not be seen. */
async function unknownToConsumers(id: string, { hidden, inner, outer }: Regulars): Promise<object> {
  const [found] = await reader.rows<object>(
    `select (select concealed from scim_user where id = $2) as concealed,
            exists (select 1 from membership where directory_id = $1 and group_id = $3 and member_id = $2) as "in a group",
            exists (select 1 from membership where directory_id = $1 and group_id = $4 and member_id = $3) as nested`,
    [id, hidden, inner, outer],
  );
  return found!;
}

describe('a snapshot and the events after it', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'are what the directory holds, whenever it was taken while several writers were at it (history %i)',
    async (seed) => {
      const id = `directory_history_${seed}`;
      const { scope, regulars, snapshots } = await lived(id, seed);
      const really = await truth([id]);
      expect(await unknownToConsumers(id, regulars)).toEqual({
        concealed: true,
        'in a group': true,
        nested: true,
      });
      for (const { text, told } of snapshots) {
        const { holding, head } = Holding.of(text);
        expect(text).not.toContain(regulars.hidden);
        expect(text).not.toContain(`"user_id":"${regulars.inner}"`);
        expect(holding.memberships).toContain(`${regulars.outer} ${regulars.seen}`);
        const wasThere = told === 'dsync.user.deleted';
        expect(holding.memberships.has(`${regulars.inner} ${regulars.comer}`)).toBe(wasThere);
        const tail = await tailOf([id], head['position_cursor']);
        expect(tail).toContainEqual(
          expect.objectContaining({ event: told, data: expect.objectContaining({ id: regulars.comer }) }),
        );
        for (const event of tail) holding.apply(event);
        expect(holding.sorted()).toEqual(really.sorted());
      }
      expect(new Set(snapshots.map(({ told }) => told)).size).toBe(2);
      const { holding } = Holding.of(await all(read(scope, snapshotOf)));
      expect(holding.sorted()).toEqual(really.sorted());
    },
  );

  it('are what an organization holds, over all of its directories', async () => {
    const scopes = await Promise.all([connect('directory_org_a'), connect('directory_org_b')]);
    const writing = { ended: false };
    const lives = fc
      .sample(history, { numRuns: 2, seed: 77 })
      .map((rounds, n) => live(play, scopes[n]!.id, rounds));
    const ended = Promise.all(lives).finally(() => (writing.ended = true));
    const regulars = await regularsOf(play, scopes[0]!.id);
    const { text } = await slowSnapshot({ of: 'organization', id: 'org_1' }, writing, regulars.turn);
    await ended;
    const { holding, head } = Holding.of(text);
    const ids = Object.keys(head['sequences'] as object);
    expect(ids).toEqual(expect.arrayContaining(scopes.map(({ id }) => id)));
    for (const event of await tailOf(ids, head['position_cursor'])) holding.apply(event);
    expect(holding.sorted()).toEqual((await truth(ids)).sorted());
    expect(await digestOf({ of: 'organization', id: 'org_1' })).toEqual(holding.digest());
  });

  it('name the sequence after which the next event of the directory comes', async () => {
    const scope = await connect('directory_sequence');
    const here = directory(scope.id, play.provisioning);
    await here.create('ada');
    const { head } = Holding.of(await all(read(scope, snapshotOf)));
    await here.create('bea');
    const [next] = await tailOf([scope.id], head['position_cursor']);
    expect(next).toMatchObject({ context: { sequence: (head['sequence'] as number) + 1 } });
  });
});

describe('the digest', () => {
  let held: Holding;
  let scope: Scope;
  beforeAll(async () => {
    ({ scope } = await lived('directory_digest', 41));
    held = Holding.of(await all(read(scope, snapshotOf))).holding;
    expect(held.memberships.size).toBeGreaterThan(1);
    expect(held.users.size).toBeGreaterThan(1);
    expect(held.groups.size).toBeGreaterThan(1);
  });
  const copy = (): Holding => {
    const other = new Holding();
    for (const [id, user] of held.users) other.users.set(id, { ...user });
    for (const [id, group] of held.groups) other.groups.set(id, { ...group });
    for (const each of held.memberships) other.memberships.add(each);
    return other;
  };

  it('is the one that an app computes from the snapshot and the events', async () => {
    expect(await digestOf(scope)).toEqual(held.digest());
    for (let seed = 60; seed < 64; seed += 1) {
      const id = `directory_digest_${seed}`;
      const { scope: other, snapshots } = await lived(id, seed);
      const { holding, head } = Holding.of(snapshots[0]!.text);
      for (const event of await tailOf([id], head['position_cursor'])) holding.apply(event);
      expect(await digestOf(other)).toEqual(holding.digest());
    }
  });

  it('is another one after any single change of what is held', () => {
    const digests = new Set([JSON.stringify(held.digest())]);
    let changes = 0;
    const changed = (change: (other: Holding) => void): void => {
      const other = copy();
      change(other);
      digests.add(JSON.stringify(other.digest()));
      changes += 1;
    };
    for (const kind of ['users', 'groups'] as const)
      for (const [id, { updated_at }] of held[kind]) {
        changed((other) => other[kind].delete(id));
        changed((other) => (other[kind].get(id)!.updated_at = later(updated_at)));
        changed((other) => other[kind].set(`${id}X`, { object: '', id: `${id}X`, updated_at }));
      }
    for (const pair of held.memberships) changed((other) => other.memberships.delete(pair));
    for (const user of held.users.keys())
      for (const group of held.groups.keys())
        if (!held.memberships.has(`${group} ${user}`))
          changed((other) => other.memberships.add(`${group} ${user}`));
    expect(digests.size).toBe(changes + 1);
    expect(changes).toBeGreaterThan(20);
  });
});

describe('a comparison', () => {
  let held: Holding;
  let scope: Scope;
  beforeAll(async () => {
    ({ scope } = await lived('directory_compared', 97));
    held = Holding.of(await all(read(scope, snapshotOf))).holding;
  });

  const compare = async (body: string): Promise<Record<string, unknown>[]> =>
    linesOf(
      await all(
        read(scope, (tx, standing) =>
          comparisonOf(tx, standing, {
            body: Readable.from([Buffer.from(body)]),
            encoding: undefined,
            kinds: ['users', 'groups', 'memberships'],
          }),
        ),
      ),
    );

  it('finds nothing where everything is the same', async () => {
    const lines = await compare(held.body());
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ object: 'comparison_end', equal: true, missing: { users: 0 } });
  });

  it('finds exactly what was tampered with, of every kind and in every way, and what it says mends it', async () => {
    const tampering = fc.record({ share: fc.double({ min: 0.05, max: 0.6, noNaN: true }), seed: fc.nat() });
    await fc.assert(
      fc.asyncProperty(tampering, async ({ share, seed }) => {
        const dice = diceOf(seed);
        const other = new Holding();
        const done: string[] = [];
        for (const kind of ['users', 'groups'] as const)
          for (const [id, thing] of held[kind]) {
            const roll = dice();
            if (roll < share / 3) {
              done.push(`missing ${id}`);
            } else if (roll < (2 * share) / 3) {
              other[kind].set(id, { ...thing, updated_at: later(thing.updated_at) });
              done.push(`stale ${id}`);
            } else other[kind].set(id, thing);
            if (dice() < share / 3) {
              const strange = { ...thing, id: `${id.slice(0, -4)}ZZZZ` };
              other[kind].set(strange.id, strange);
              done.push(`extra ${strange.id}`);
            }
          }
        for (const pair of held.memberships)
          if (dice() < share) done.push(`missing ${pair}`);
          else other.memberships.add(pair);
        for (const user of held.users.keys())
          for (const group of held.groups.keys()) {
            const pair = `${group} ${user}`;
            if (held.memberships.has(pair) || dice() > share / 2) continue;
            other.memberships.add(pair);
            done.push(`extra ${pair}`);
          }
        const [, ...found] = await compare(other.body());
        const end = found.pop()!;
        expect(found.map(named).sort()).toEqual(done.sort());
        expect(end).toMatchObject({ equal: done.length === 0 });
        for (const line of found) mend(other, line);
        expect(other.sorted()).toEqual(held.sorted());
      }),
      { numRuns: 25, seed: 5 },
    );
  });
});

function later(time: string): string {
  return new Date(Date.parse(time) + 1).toISOString();
}

function diceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Difference {
  object: string;
  data: { object: string; id: string; group_id: string; user_id: string; updated_at: string };
}

function named(line: Record<string, unknown>): string {
  const { object, data } = line as unknown as Difference;
  return `${object} ${data.object === 'directory_membership' ? `${data.group_id} ${data.user_id}` : data.id}`;
}

/** In the order in which it comes. */
function mend(held: Holding, line: Record<string, unknown>): void {
  const { object, data } = line as unknown as Difference;
  if (data.object === 'directory_membership') {
    const pair = `${data.group_id} ${data.user_id}`;
    if (object === 'extra') held.memberships.delete(pair);
    else held.memberships.add(pair);
    return;
  }
  const kind = data.object === 'directory_user' ? held.users : held.groups;
  if (object === 'extra') kind.delete(data.id);
  else kind.set(data.id, data);
}
