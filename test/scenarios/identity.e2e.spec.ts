/** Who is who: names that one person has, whatever is sent twice, at once, or to different hubs. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../support/index.js';
import { expected, GROUP, TestDirectory, TestHub, USER, type HttpAnswer } from '../support/hub.js';

let database: FreshDatabase;
let one: TestHub;
let two: TestHub;

// Starting programs takes a busy machine longer than the usual five seconds.
const HOOK_TIMEOUT_IN_MILLISECONDS = 60_000;

/** Two hubs on one database. The one that started last has the API key that is valid. */
beforeAll(async () => {
  database = await freshDatabase();
  const settings = {
    DATABASE_URL: database.url,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
  };
  one = await TestHub.start(settings);
  two = await TestHub.start(settings);
}, HOOK_TIMEOUT_IN_MILLISECONDS);
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await database.drop();
}, HOOK_TIMEOUT_IN_MILLISECONDS);

/** A directory as seen through either hub. */
async function connected(): Promise<[TestDirectory, TestDirectory]> {
  const directory = await two.connect();
  return [directory, new TestDirectory(one, directory)];
}

const person = (userName: string, more: object = {}): object => ({ schemas: [USER], userName, ...more });
const statuses = (answers: HttpAnswer[]): number[] => answers.map(({ status }) => status).sort();

function expectTaken(answer: HttpAnswer, attribute: string, id: string, type = 'user'): void {
  expect(answer.body).toMatchObject({
    status: '409',
    scimType: 'uniqueness',
    detail: `${attribute} is in use by ${id} in this directory. Update that ${type}, or choose another ${attribute}.`,
  });
}

describe('a userName', () => {
  it('wanted by forty requests at once over two hubs goes to one, and the others learn whose it is', async () => {
    const [here, there] = await connected();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        [here, there][index % 2]!.scim('POST', '/Users', person(index % 3 === 0 ? 'ADA@x.org' : 'ada@x.org')),
      ),
    );
    expect(statuses(answers)).toEqual([201, ...Array.from({ length: 39 }, () => 409)]);
    const { id } = answers.find(({ status }) => status === 201)!.body;
    for (const answer of answers) if (answer.status === 409) expectTaken(answer, 'userName', id);
    expect(await here.causes()).toEqual(['UserCreated']);
  });

  it('that is sent again after a lost answer is refused by the id that the first one got', async () => {
    const [here, there] = await connected();
    const { id } = await here.makeUser('ada@x.org', { externalId: 'e' });
    expectTaken(await there.scim('POST', '/Users', person('ada@x.org', { externalId: 'e' })), 'userName', id);
    expectTaken(await there.scim('POST', '/Users', person('Ada@X.org')), 'userName', id);
  });

  it.each([
    ['ÄNNE@x.org', 'änne@x.org'],
    ['ΟΔΟΣ', 'οδος'],
    ['ЖУК', 'жук'],
    ['🚀Ǆ', '🚀ǆ'],
  ])('is the same in any case of any alphabet: %s', async (first, second) => {
    const [here, there] = await connected();
    const { id } = await here.makeUser(first);
    expectTaken(await there.scim('POST', '/Users', person(second)), 'userName', id);
    const found = await here.scim('GET', `/Users?filter=${encodeURIComponent(`userName eq "${second}"`)}`);
    expect(found.body.Resources).toMatchObject([{ id, userName: first }]);
  });

  it('taken by a change is refused like one taken by a new person, also when two want it at once', async () => {
    const [here, there] = await connected();
    const [ada, bea] = [await here.makeUser('ada'), await here.makeUser('bea')];
    const rename = (directory: TestDirectory, id: string): Promise<HttpAnswer> =>
      directory.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'eve' });
    const answers = await Promise.all([rename(here, ada.id), rename(there, bea.id)]);
    expect(statuses(answers)).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200)!.body.id;
    expectTaken(
      answers.find(({ status }) => status === 409)!,
      'userName',
      winner,
    );
    const put = await there.scim('PUT', `/Users/${winner === ada.id ? bea.id : ada.id}`, person('EVE'));
    expectTaken(put, 'userName', winner);
    expect(await here.causes()).toEqual(['UserCreated', 'UserCreated', 'UserProfileChanged']);
  });

  it('may be had in each directory', async () => {
    const [[here], [there]] = [await connected(), await connected()];
    await here.makeUser('ada', { externalId: 'e' });
    await there.makeUser('ada', { externalId: 'e' });
  });
});

describe('an externalId', () => {
  it('belongs to one person, exactly as it is written', async () => {
    const [here, there] = await connected();
    const { id } = await here.makeUser('ada', { externalId: 'e' });
    expectTaken(await there.scim('POST', '/Users', person('bea', { externalId: 'e' })), 'externalId', id);
    await there.makeUser('carl', { externalId: 'E' });
  });

  it('belongs to one group, and a group that is sent again is not there twice', async () => {
    const [here, there] = await connected();
    const group = { schemas: [GROUP], displayName: 'Engineers', externalId: 'g' };
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => [here, there][index % 2]!.scim('POST', '/Groups', group)),
    );
    expect(statuses(answers)).toEqual([201, ...Array.from({ length: 11 }, () => 409)]);
    const { id } = answers.find(({ status }) => status === 201)!.body;
    for (const answer of answers) if (answer.status === 409) expectTaken(answer, 'externalId', id, 'group');
    const other = await here.makeGroup('Engineers');
    const rename = { op: 'add', path: 'externalId', value: 'g' };
    expectTaken(await there.patch(`/Groups/${other.id}`, rename), 'externalId', id, 'group');
    expect(await here.causes()).toEqual(['GroupCreated', 'GroupCreated']);
  });
});

describe('a person who was deleted and is created again', () => {
  it('is somebody else', async () => {
    const [here, there] = await connected();
    const { id } = await here.makeUser('ada', { externalId: 'e' });
    expected(204, await there.scim('DELETE', `/Users/${id}`));
    const again = await here.makeUser('ada', { externalId: 'e' });
    expect(again.id).not.toBe(id);
    expect((await there.scim('GET', `/Users/${id}`)).status).toBe(404);
  });
});
