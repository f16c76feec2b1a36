/** Snapshots, digests and comparisons with a feed token: what it is limited to, whole, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Holding, linesOf } from '../support/holding.js';
import { expected, TestHub, type TestDirectory } from '../support/hub.js';
import { eventually } from '../support/index.js';

let hub: TestHub;
/** Two directories of one organization, and one of another. */
let mine: TestDirectory;
let sister: TestDirectory;
let foreign: TestDirectory;

beforeAll(async () => {
  hub = await TestHub.start();
  mine = await hub.connect();
  sister = await hub.connect({ organizationId: mine.organizationId });
  foreign = await hub.connect();
  for (const directory of [mine, sister, foreign]) {
    const user = await directory.makeUser('ada');
    await directory.makeGroup('Engineering', [user.id]);
  }
}, 60_000);
afterAll(() => hub.close());

type Bearer = Record<string, string>;

async function token(scope: object): Promise<Bearer & { id: string }> {
  const { body } = expected(201, await hub.api('POST', '/feed_tokens', { name: 'Reader', ...scope }));
  return { id: body.id, authorization: `Bearer ${String(body['bearer_token'])}` };
}

interface Answered {
  status: number;
  text: string;
}

const QUESTIONS = ['snapshot', 'digest', 'compare'] as const;
type Question = (typeof QUESTIONS)[number];

async function ask(
  question: Question,
  where: string,
  { authorization = '' }: Bearer,
  held = '',
): Promise<Answered> {
  const answer = await fetch(`${hub.url}/${where}/${question}`, {
    headers: { authorization, 'content-type': 'application/x-ndjson' },
    ...(question === 'compare' ? { method: 'POST', body: held } : {}),
  });
  return { status: answer.status, text: await answer.text() };
}

const directory = ({ id }: TestDirectory): string => `directories/${id}`;
const organization = ({ organizationId }: TestDirectory): string => `organizations/${organizationId}`;

/** As an API key is answered, but for the moment. */
async function asWithKey(question: Question, where: string, bearer: Bearer): Promise<void> {
  const key = { authorization: `Bearer ${hub.apiKey}` };
  const [theirs, all] = [await ask(question, where, bearer), await ask(question, where, key)];
  expect({ question, where, status: theirs.status }).toEqual({ question, where, status: 200 });
  const timeless = ({ text }: Answered): object[] =>
    linesOf(`${text.trimEnd()}\n`).map((line) =>
      'position_cursor' in line ? { ...line, created_at: '' } : line,
    );
  expect(timeless(theirs)).toEqual(expect.arrayContaining(timeless(all)));
  expect(timeless(theirs)).toHaveLength(timeless(all).length);
}

async function refused(
  where: string,
  bearer: Bearer,
  expectation: { status: number; code: string },
): Promise<void> {
  for (const question of QUESTIONS) {
    const { status, text } = await ask(question, where, bearer);
    const { code } = JSON.parse(text) as { code: string };
    expect({ question, where, status, code }).toEqual({ question, where, ...expectation });
  }
}

const MISSING = { status: 404, code: 'entity_not_found' };
const OUTSIDE = { status: 403, code: 'outside_scope' };

describe('a feed token', () => {
  it('of a directory opens all three questions about that directory', async () => {
    const reader = await token({ directory_id: mine.id });
    const { holding } = Holding.of((await ask('snapshot', directory(mine), reader)).text);
    expect([holding.users.size, holding.groups.size, holding.memberships.size]).toEqual([1, 1, 1]);
    const digest = JSON.parse((await ask('digest', directory(mine), reader)).text) as object;
    expect(digest).toMatchObject({ object: 'directory_digest', ...holding.digest() });
    const compared = await ask('compare', directory(mine), reader, holding.body());
    expect(linesOf(compared.text).at(-1)).toMatchObject({ object: 'comparison_end', equal: true });
  });

  it('of an organization opens it and each of its directories, as an API key sees them', async () => {
    const reader = await token({ organization_id: mine.organizationId });
    for (const where of [organization(mine), directory(mine), directory(sister)])
      for (const question of QUESTIONS) await asWithKey(question, where, reader);
  });

  it('is told of what is outside its scope that it is not there, in the words for what is not there', async () => {
    const ofDirectory = await token({ directory_id: mine.id });
    const ofOrganization = await token({ organization_id: mine.organizationId });
    for (const where of [directory(sister), directory(foreign)]) await refused(where, ofDirectory, MISSING);
    for (const where of [directory(foreign), organization(foreign)])
      await refused(where, ofOrganization, MISSING);
    for (const [kind, theirs, nobodys] of [
      ['directories', foreign.id, 'directory_01AAAAAAAAAAAAAAAAAAAAAAAA'],
      ['organizations', foreign.organizationId, 'org_01AAAAAAAAAAAAAAAAAAAAAAAA'],
    ] as const)
      for (const question of QUESTIONS) {
        const [existing, invented] = [
          await ask(question, `${kind}/${theirs}`, ofOrganization),
          await ask(question, `${kind}/${nobodys}`, ofOrganization),
        ];
        expect(existing.text.replace(theirs, '')).toBe(invented.text.replace(nobodys, ''));
      }
  });

  it('of one directory is told to ask for that one, whichever organization it asks for', async () => {
    const reader = await token({ directory_id: mine.id });
    for (const where of [organization(mine), organization(foreign), 'organizations/org_x'])
      await refused(where, reader, OUTSIDE);
  });

  it('of some types opens none of it, since a snapshot shows what all types tell', async () => {
    const events = ['dsync.user.created'];
    for (const scope of [
      { events },
      { events, directory_id: mine.id },
      { events, organization_id: mine.organizationId },
    ]) {
      const reader = await token(scope);
      for (const where of [
        directory(mine),
        organization(mine),
        directory(foreign),
        'directories/directory_x',
      ])
        await refused(where, reader, OUTSIDE);
    }
  });

  it('opens nothing any more when it was deleted', async () => {
    const reader = await token({ directory_id: mine.id });
    expect((await ask('digest', directory(mine), reader)).status).toBe(200);
    expected(200, await hub.api('DELETE', `/feed_tokens/${reader.id}`));
    await eventually(() => refused(directory(mine), reader, { status: 401, code: 'unauthorized' }), {
      withinInSeconds: 1.5,
    });
  });

  it('tells no destination anything: that takes an API key', async () => {
    const { authorization = '' } = await token({ directory_id: mine.id });
    const body = { destination_id: 'we_x' };
    const answer = await hub.api('POST', `/${directory(mine)}/reannounce`, body, { authorization });
    expect(answer.status).toBe(401);
  });
});
