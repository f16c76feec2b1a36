/** How other SCIM servers lose the members of groups, each symptom by its name, and the proof that this one does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import { expected, GROUP, TestDirectory, TestHub, type Body, type HttpAnswer } from '../support/hub.js';

const MANY = 1_000;
// Identity providers close their side after 60 seconds.
const PATIENCE_IN_MILLISECONDS = 60_000;

let hub: TestHub;
let directory: TestDirectory;
let ada: Body;
let bob: Body;
let eve: Body;
let group: Body;

beforeAll(async () => {
  hub = await TestHub.start();
}, 60_000);
afterAll(() => hub.close());

beforeEach(async () => {
  directory = await hub.connect();
  [ada, bob, eve] = (await people(directory, ['ada', 'bob', 'eve'])) as [Body, Body, Body];
  group = await directory.makeGroup('Engineering', [ada.id, bob.id]);
});

/** In the order of the names. */
async function people(where: TestDirectory, names: string[]): Promise<Body[]> {
  return Promise.all(names.map((name) => where.makeUser(`${name}@example.com`)));
}

const refs = (...ids: string[]): { value: string }[] => ids.map((value) => ({ value }));
const change = (...operations: object[]): Promise<HttpAnswer> =>
  directory.patch(`/Groups/${group.id}`, ...operations);
const put = (body: object): Promise<HttpAnswer> =>
  directory.scim('PUT', `/Groups/${group.id}`, { schemas: [GROUP], displayName: 'Engineering', ...body });

/** Who is in a group; it says nothing that one stands before another. */
async function memberIds(where = directory, id = group.id): Promise<Set<string>> {
  const { members } = expected(200, await where.scim('GET', `/Groups/${id}`)).body;
  expect(new Set(members.map(({ value }) => value)).size).toBe(members.length);
  return new Set(members.map(({ value }) => value));
}

describe('no group suffers from', () => {
  it('everybody leaving when one member is removed by value', async () => {
    expected(204, await change({ op: 'Remove', path: 'members', value: [{ $ref: null, value: ada.id }] }));
    expect(await memberIds()).toEqual(new Set([bob.id]));
    // Not even when the list of those to remove is empty.
    expected(204, await change({ op: 'Remove', path: 'members', value: [] }));
    expect(await memberIds()).toEqual(new Set([bob.id]));
  });

  it('a remove by value that is answered with success and does nothing', async () => {
    for (const [value, left] of [
      [refs(ada.id), [bob.id]],
      [bob.id, []],
    ] as const) {
      expected(204, await change({ op: 'remove', path: 'members', value }));
      expect(await memberIds()).toEqual(new Set(left));
    }
  });

  it('a remove by filter that is answered with success and not applied', async () => {
    expected(204, await change({ op: 'remove', path: `members[value eq "${ada.id}"]` }));
    expect(await memberIds()).toEqual(new Set([bob.id]));
    expect((await directory.scim('GET', `/Users/${ada.id}`)).body.groups).toEqual([]);
    expect((await directory.events()).at(-1)).toMatchObject({
      event: 'dsync.group.user_removed',
      data: { user: { id: ada.id } },
    });
  });

  it('members that vanish when something else is replaced', async () => {
    expected(204, await change({ op: 'replace', path: 'displayName', value: 'Research' }));
    expected(204, await change({ op: 'replace', value: { displayName: 'Product', externalId: 'p' } }));
    expected(200, await put({ displayName: 'Design' }));
    expect(await memberIds()).toEqual(new Set([ada.id, bob.id]));
    expect(await directory.causes()).not.toContain('GroupDeleted');
  });

  it('an add without a path that replaces those who are there', async () => {
    expected(204, await change({ op: 'add', value: { members: refs(eve.id) } }));
    expect(await memberIds()).toEqual(new Set([ada.id, bob.id, eve.id]));
  });

  it('a PUT whose members are ignored', async () => {
    expect(expected(200, await put({ members: refs(bob.id, eve.id) })).body.members).toHaveLength(2);
    expect(await memberIds()).toEqual(new Set([bob.id, eve.id]));
  });

  it('a POST whose members are ignored', async () => {
    const made = await directory.makeGroup('Made', [eve.id, ada.id]);
    expect(await memberIds(directory, made.id)).toEqual(new Set([eve.id, ada.id]));
  });

  it('a full push that is not understood and therefore ignored', async () => {
    expected(204, await change({ op: 'replace', path: 'members', value: refs(eve.id) }));
    expect(await memberIds()).toEqual(new Set([eve.id]));
    expected(204, await change({ op: 'replace', value: { members: refs(ada.id, bob.id) } }));
    expect(await memberIds()).toEqual(new Set([ada.id, bob.id]));
  });

  it('an add of several members that keeps only the first', async () => {
    const empty = await directory.makeGroup('Empty');
    const add = { op: 'add', path: 'members', value: refs(ada.id, bob.id, eve.id) };
    expected(204, await directory.patch(`/Groups/${empty.id}`, add));
    expect(await memberIds(directory, empty.id)).toEqual(new Set([ada.id, bob.id, eve.id]));
  });

  it('an empty list in a replace that changes nothing', async () => {
    expected(204, await change({ op: 'replace', path: 'members', value: [] }));
    expect(await memberIds()).toEqual(new Set([]));
    expect((await directory.causes()).filter((cause) => cause === 'MembershipChanged')).toHaveLength(4);
  });

  it('one unknown member that fails the whole request, which is never sent again', async () => {
    expected(204, await change({ op: 'add', path: 'members', value: refs('nobody', eve.id) }));
    expect(await memberIds()).toEqual(new Set([ada.id, bob.id, eve.id]));
  });

  it('unknown members that are dropped without a word', async () => {
    const before = await hub.logPosition();
    const answer = await change({ op: 'add', path: 'members', value: refs('nobody', 'no-one') });
    expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect(answer.body.detail).toContain('nobody, no-one');
    expect(await hub.logPosition()).toBe(before);
    const some = await change({ op: 'add', path: 'members', value: refs('nobody', eve.id) });
    const wanted = { requestId: some.headers['x-request-id'], group: group.id, members: ['nobody'] };
    await eventually(() => {
      const told = hub.observations().filter(({ event }) => event === 'unknown members left out');
      expect(told).toContainEqual(expect.objectContaining(wanted));
    });
  });

  it('nested groups that run in a circle', async () => {
    const inner = await directory.makeGroup('Inner');
    expected(204, await change({ op: 'add', path: 'members', value: refs(inner.id) }));
    const circle = { op: 'add', path: 'members', value: refs(group.id) };
    const closing = await directory.patch(`/Groups/${inner.id}`, circle);
    expect(closing.status).toBeLessThan(500);
    expect((await directory.scim('GET', `/Users/${ada.id}`)).status).toBe(200);
    const self = await change({ op: 'add', path: 'members', value: refs(group.id) });
    expect(self).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
  });
});

describe('no group takes in members of another directory', () => {
  let stranger: Body;
  let strangers: TestDirectory;
  let theirGroup: Body;
  beforeEach(async () => {
    // Of the same organization, which is the nearest that a stranger can be.
    strangers = await hub.connect({ organizationId: directory.organizationId });
    stranger = await strangers.makeUser('stranger@example.com');
    theirGroup = await strangers.makeGroup('Theirs', [stranger.id]);
  });

  it.each<[string, () => Promise<HttpAnswer>]>([
    ['an add', () => change({ op: 'add', path: 'members', value: refs(stranger.id) })],
    [
      'an add beside a known member',
      () => change({ op: 'add', path: 'members', value: refs(eve.id, stranger.id) }),
    ],
    ['an add by a filter', () => change({ op: 'add', path: `members[value eq "${stranger.id}"]` })],
    ['a replace', () => change({ op: 'replace', path: 'members', value: refs(ada.id, stranger.id) })],
    ['a value without a path', () => change({ op: 'add', value: { members: refs(stranger.id) } })],
    ['a reference', () => change({ op: 'add', path: 'members', value: [{ $ref: stranger.meta.location }] })],
    ['a whole group as a member', () => change({ op: 'add', path: 'members', value: refs(theirGroup.id) })],
    ['a PUT', () => put({ members: refs(ada.id, stranger.id) })],
    [
      'a POST',
      () =>
        directory.scim('POST', '/Groups', {
          schemas: [GROUP],
          displayName: 'New',
          members: refs(stranger.id),
        }),
    ],
  ])('by %s', async (_way, attempt) => {
    const answer = await attempt();
    expect([200, 201, 204, 400]).toContain(answer.status);
    const groups = (await directory.scim('GET', '/Groups')).body.Resources;
    expect(JSON.stringify(groups)).not.toContain(stranger.id);
    expect(JSON.stringify(groups)).not.toContain(theirGroup.id);
    expect(JSON.stringify(await directory.events())).not.toContain(stranger.id);
    const theirs = (await strangers.scim('GET', `/Users/${stranger.id}`)).body;
    expect(theirs.groups.map(({ value }) => value)).toEqual([theirGroup.id]);
    expect(await strangers.causes()).toEqual(['UserCreated', 'GroupCreated', 'MembershipChanged']);
  });

  it('nor loses its own to a group of another directory that is addressed by its id', async () => {
    for (const [method, body] of [
      ['PATCH', { Operations: [{ op: 'replace', path: 'members', value: [] }] }],
      ['PUT', { schemas: [GROUP], displayName: 'Taken', members: [] }],
      ['DELETE', undefined],
      ['GET', undefined],
    ] as const)
      expect((await directory.scim(method, `/Groups/${theirGroup.id}`, body)).status).toBe(404);
    expect(await memberIds(strangers, theirGroup.id)).toEqual(new Set([stranger.id]));
  });
});

describe('no large group suffers from', () => {
  let theirs: TestDirectory;
  let crowd: string[];
  beforeAll(async () => {
    theirs = await hub.connect();
    const names = Array.from({ length: MANY }, (_each, index) => `crowd-${index}`);
    crowd = (await people(theirs, names)).map(({ id }) => id);
  }, 120_000);

  it('members past the hundredth being cut off by a PATCH', async () => {
    const { id } = await theirs.makeGroup('256');
    const add = { op: 'add', path: 'members', value: refs(...crowd.slice(0, 256)) };
    expected(204, await theirs.patch(`/Groups/${id}`, add));
    expect(await memberIds(theirs, id)).toEqual(new Set(crowd.slice(0, 256)));
  }, 30_000);

  it('a huge PATCH that outlasts the patience of identity providers', async () => {
    const { id } = await theirs.makeGroup('Everybody');
    const started = performance.now();
    expected(204, await theirs.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: refs(...crowd) }));
    expected(
      204,
      await theirs.patch(`/Groups/${id}`, { op: 'replace', path: 'members', value: refs(crowd[0]!) }),
    );
    expect(performance.now() - started).toBeLessThan(PATIENCE_IN_MILLISECONDS);
    expect(await memberIds(theirs, id)).toEqual(new Set([crowd[0]]));
  }, 90_000);

  it('members that are lost when many PATCHes come at the same time', async () => {
    const [staying, leaving, coming] = [crowd.slice(0, 20), crowd.slice(20, 84), crowd.slice(84, 148)];
    const { id } = await theirs.makeGroup('Busy', [...staying, ...leaving]);
    const each = (op: object): Promise<HttpAnswer> => theirs.patch(`/Groups/${id}`, op);
    const answers = await Promise.all([
      ...leaving.map((member) => each({ op: 'remove', path: `members[value eq "${member}"]` })),
      ...coming.map((member) => each({ op: 'add', path: 'members', value: refs(member) })),
      ...staying.map((_member, index) =>
        each({ op: 'replace', path: 'displayName', value: `Busy ${index}` }),
      ),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await memberIds(theirs, id)).toEqual(new Set([...staying, ...coming]));
    const events = await theirs.events();
    const about = events.filter(
      ({ event, data }) => event.startsWith('dsync.group.user_') && data.group.id === id,
    );
    expect(about).toHaveLength(staying.length + 2 * leaving.length + coming.length);
    // Numbers without a gap: nothing was lost on the way to consumers either.
    const numbers = events.map(({ context }) => context.sequence);
    expect(numbers).toEqual(numbers.map((_each, index) => index + 2));
  }, 60_000);
});
