// Nobody decides by rules that are not in force any more, and a directory without rules pays nothing for those that have some.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NO_RULES, USUAL_LEAVING_POLICY, type AttributeRule, type DirectoryRules } from '@app/directory';
import { countRulesChange, lockDirectory } from '@app/event-log';
import { rebuildDirectory } from '@app/projections';
import { Clock, Database, type Statement, type Tx } from '@app/runtime';
import { readValuePath } from '@app/scim';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { SharedTransaction } from './shared-transaction.js';
import { directory, eventsOf, stage, typesOf, viewsOf, type Directory, type Stage } from './testing/stage.js';

let fresh: FreshDatabase;
let play: Stage;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url);
  operator = await admin(fresh.url);
  await operator.rows(
    `insert into organization (id, name, created_at, updated_at) values ('org_1', 'Acme', now(), now())`,
  );
});
afterAll(async () => {
  await operator.close();
  await play.close();
  await fresh.drop();
});

const TITLE: AttributeRule = { name: 'rank', path: 'title', source: readValuePath('User', 'title') };

let directories = 0;
/** A directory that has a row, as the hub would have made it. `by` is how a request comes that read these rules. */
async function connected(): Promise<{ here: Directory; by: (rules: DirectoryRules) => Directory }> {
  const id = `directory_${(directories += 1)}`;
  await operator.rows(
    `insert into directory (id, organization_id, name, type, state, external_key, created_at, updated_at)
     values ($1, 'org_1', 'x', 'generic scim v2.0', 'linked', 'x', now(), now())`,
    [id],
  );
  const by = (rules: DirectoryRules): Directory =>
    directory(id, play.provisioning, { ...USUAL_LEAVING_POLICY, rules });
  return { here: by(NO_RULES), by };
}

/** Puts rules in force. @returns them, as a request that comes afterwards brings them. */
function enforce(here: Directory, attributes: AttributeRule[], defaultRole: string | null = null) {
  return play.database.transaction(async (tx): Promise<DirectoryRules> => {
    await lockDirectory(tx, here.id);
    const version = await countRulesChange(tx, here.id);
    await tx.rows(
      'update directory set attribute_rules = $2, default_role = $3, rules_version = $4 where id = $1',
      [here.id, JSON.stringify(attributes), defaultRole, version],
    );
    return { version, attributes, defaultRole };
  });
}

/** A shared transaction that notes the names of its statements. */
function noted(): { provisioning: SharedTransaction; statements: string[] } {
  const statements: string[] = [];
  const flowing = play.database.flowing.bind(play.database);
  const listening = Object.assign(Object.create(play.database) as Database, {
    flowing: (work: (tx: Tx) => Promise<{ result: unknown; last: Promise<unknown>[] }>) =>
      flowing((tx) =>
        work({
          rows: (sql: string | Statement, values?: unknown[]) => {
            statements.push(typeof sql === 'string' ? sql : sql.name);
            return tx.rows(sql, values);
          },
        }),
      ),
  });
  return { provisioning: new SharedTransaction(listening, new Clock(), () => undefined), statements };
}

describe('the rules of a directory', () => {
  it('hold for a request that had read those of before', async () => {
    const { here, by } = await connected();
    const first = await enforce(here, [TITLE], 'member');
    expect(await here.create('ada', { title: 'x' })).toMatchObject({
      custom: { rank: 'x' },
      roles: ['member'],
    });
    await enforce(here, [{ ...TITLE, values: {}, fallback: 'y' }], 'guest');
    const bea = await by(first).create('bea', { title: 'x' });
    expect(bea).toMatchObject({ custom: { rank: 'y' }, roles: ['guest'] });
    await enforce(here, []);
    const changed = await by(first).change(bea, { title: 'z' });
    expect(changed.custom).toBeUndefined();
    const last = (await eventsOf(play, here.id)).at(-1)!;
    expect(last).toMatchObject({ type: 'UserProfileChanged', data: { before: { custom: { rank: 'y' } } } });
  });

  it('cost no statement where there are none, nor where the request came with them', async () => {
    const { here } = await connected();
    const rules = await enforce(here, [TITLE], 'member');
    const { here: plain } = await connected();
    const { provisioning, statements } = noted();
    let people = 0;
    const asked = async (id: string, brought: DirectoryRules | undefined): Promise<string[]> => {
      statements.length = 0;
      const decided = { ...USUAL_LEAVING_POLICY, rules: brought };
      await directory(id, provisioning, decided).create(`somebody ${(people += 1)}`);
      return [...statements];
    };
    const without = await asked(plain.id, undefined);
    expect(without.length).toBeGreaterThan(3);
    expect(await asked(here.id, rules)).toEqual(without);
    // Looked up once for a request that is late.
    expect(await asked(here.id, { ...NO_RULES })).toEqual(
      expect.arrayContaining([...without, 'rules-of-directories']),
    );
  });

  it('are looked up once for all requests of a transaction that came with old ones', async () => {
    const { here } = await connected();
    await enforce(here, [TITLE]);
    const { provisioning, statements } = noted();
    const late = directory(here.id, provisioning, USUAL_LEAVING_POLICY);
    await Promise.all(['a', 'b', 'c'].map((name) => late.create(name)));
    expect(statements.filter((name) => name === 'rules-of-directories')).toHaveLength(1);
  });
});

describe('a second look at people', () => {
  it('changes those who look different, once, and passes over those who are not there', async () => {
    const { here } = await connected();
    const people = await Promise.all(['a', 'b'].map((title) => here.create(title, { title })));
    const quiet = await here.create('quiet');
    const ids = [...people, quiet].map(({ id }) => id);
    await enforce(here, [TITLE]);
    expect(await here.remap([...ids, ids[0]!, 'directory_user_nobody'])).toEqual({ changed: 2 });
    expect(await here.remap(ids)).toEqual({ changed: 0 });
    expect((await typesOf(play, here.id)).slice(3)).toEqual(['UserRemapped', 'UserRemapped']);
    const [, first] = await Promise.all([
      here.change(quiet, { title: 'q' }),
      here.change(people[0]!, { title: 'z' }),
    ]);
    expect(first).toMatchObject({ custom: { rank: 'z' } });
    expect(await here.remap(ids)).toEqual({ changed: 0 });
  });

  it('gives roles by what is written, and a rebuild finds the same', async () => {
    const { here } = await connected();
    const people = await Promise.all(['a', 'b', 'c'].map((name) => here.create(name, { title: name })));
    const { group: inner } = await here.createGroup('Inner', [people[0]!]);
    await here.createGroup('Admins', [{ id: inner.id }, people[1]!]);
    await operator.rows(
      `insert into role_mapping (id, directory_id, rules, default_role, updated_at) values ($1, $1, $2, 'member', now())`,
      [here.id, JSON.stringify([{ group: { name: 'Admins' }, name_key: 'admins', roles: ['admin', 'ops'] }])],
    );
    await enforce(here, [TITLE], 'member');
    const ids = people.map(({ id }) => id);
    expect(await here.assignRoles(ids)).toEqual({ changed: 3 });
    expect(await here.assignRoles(ids)).toEqual({ changed: 0 });
    await here.remap(ids);
    const views = await viewsOf(play.database, here.id);
    const rows = views['scim_user'] as { id: string; roles: string[]; custom: unknown }[];
    expect(new Set(rows.map(({ roles, custom }) => JSON.stringify([custom, roles])))).toEqual(
      new Set([
        JSON.stringify([{ rank: 'a' }, ['admin', 'ops']]),
        JSON.stringify([{ rank: 'b' }, ['admin', 'ops']]),
        JSON.stringify([{ rank: 'c' }, ['member']]),
      ]),
    );
    await operator.rows(`update scim_user set roles = '{x}', custom = null where directory_id = $1`, [
      here.id,
    ]);
    await play.database.transaction((tx) => rebuildDirectory(tx, play.log, here.id));
    expect(await viewsOf(play.database, here.id)).toEqual(views);
  });

  it('keeps roles through every other change of the person', async () => {
    const { here } = await connected();
    await enforce(here, [], 'member');
    const ada = await here.create('ada');
    await here.change(ada, { title: 'x', active: false });
    await here.changePassword(ada);
    expect(await here.change(ada, { active: true })).toMatchObject({ roles: ['member'] });
  });
});
