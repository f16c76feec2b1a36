/** Who had access to what, when, and who said so: the past of directories over HTTP, with a hub and a worker as they run. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  expected,
  TestHub,
  type Body,
  type HttpAnswer,
  type ReadEvent,
  type TestDirectory,
} from '../support/hub.js';
import {
  eventually,
  freePort,
  freshDatabase,
  runProgram,
  Sink,
  type FreshDatabase,
  type RunningProgram,
} from '../support/index.js';

let database: FreshDatabase;
let programs: RunningProgram[];
let hub: TestHub;
let sink: Sink;
let environment: Record<string, string>;

beforeAll(async () => {
  database = await freshDatabase();
  sink = await Sink.open();
  const port = await freePort();
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  environment = {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
  };
  programs = [runProgram('hub', environment), runProgram('worker', environment)];
  await Promise.all(programs.map(({ ready }) => ready));
  hub = TestHub.at(`http://127.0.0.1:${port}`, apiKey);
}, 120_000);

afterAll(async () => {
  await hub.close();
  await Promise.all(programs.map((program) => program.stop()));
  await sink.close();
  await database.drop();
}, 90_000);

type Past = Body & { as_of: { position: string; occurred_at: string } };
const read = (path: string): Promise<HttpAnswer> => hub.api('GET', path);
const get = async (path: string): Promise<Past> => expected(200, await read(path)).body as Past;
/** A file that is not JSON. */
async function download(path: string): Promise<{ type: string | null; text: string }> {
  const answer = await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.apiKey}` } });
  expect(answer.status).toBe(200);
  return { type: answer.headers.get('content-type'), text: await answer.text() };
}
const idsOf = ({ data }: Body): string[] => data.map(({ id }) => id);
const then = (of: TestDirectory, path: string, asOf: string, more = ''): string =>
  `/directories/${of.id}/history/${path}?as_of=${encodeURIComponent(asOf)}${more}`;
const lastOf = async (of: TestDirectory): Promise<ReadEvent> => (await of.events()).at(-1)!;

describe('a directory of the past', () => {
  let people: TestDirectory;
  let ada: Body;
  let bea: Body;
  let group: Body;
  let before: ReadEvent;
  let after: ReadEvent;

  beforeAll(async () => {
    people = await hub.connect({ type: 'okta scim v2.0' });
    ada = await people.makeUser('ada', { title: 'Countess', externalId: 'e-ada' });
    bea = await people.makeUser('bea');
    group = await people.makeGroup('Engineers', [ada.id, bea.id]);
    before = await lastOf(people);
    await people.patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Lady' });
    await people.patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${bea.id}"]` });
    await people.scim('DELETE', `/Users/${bea.id}`);
    await people.makeUser('cid');
    after = await lastOf(people);
  });

  it('is shown as of an event, in the form in which consumers were told of it', async () => {
    const users = await get(then(people, 'users', before.id, '&order=asc'));
    expect(idsOf(users)).toEqual([ada.id, bea.id]);
    expect(users.as_of).toEqual({ position: before.id, occurred_at: before.created_at });
    const [created] = await people.events();
    expect(users.data[0]).toEqual(created!.data);
    expect(idsOf(await get(then(people, 'groups', before.id)))).toEqual([group.id]);
    expect(idsOf(await get(then(people, `groups/${group.id}/members`, before.id)))).toEqual(
      [ada.id, bea.id].reverse(),
    );
    expect(idsOf(await get(then(people, `users/${bea.id}/groups`, before.id)))).toEqual([group.id]);
    const memberships = await get(then(people, 'memberships', before.id, '&order=asc'));
    expect(memberships.data).toMatchObject([
      { user: { id: ada.id, job_title: 'Countess' }, group: { id: group.id, name: 'Engineers' } },
      { user: { id: bea.id }, group: { id: group.id } },
    ]);
  });

  it('is shown as of now by the id of its last event, and is what it is', async () => {
    const users = await get(then(people, 'users', after.id, '&order=asc'));
    expect(users.data.map(({ username, job_title: title }) => [username, title])).toEqual([
      ['ada', 'Lady'],
      ['cid', null],
    ]);
    expect(idsOf(await get(then(people, `groups/${group.id}/members`, after.id)))).toEqual([ada.id]);
  });

  it('is the state after the last event whose time is not later than the one asked for', async () => {
    const events = await people.events();
    for (const time of new Set(events.map(({ created_at: at }) => at))) {
      const last = events.filter(({ created_at: at }) => at <= time).at(-1)!;
      const shown = await get(then(people, 'users', time));
      expect(shown.as_of.occurred_at).toBe(time);
      // Events that consumers are not told of count too; here there is none behind the last of a request.
      expect(idsOf(shown)).toEqual(idsOf(await get(then(people, 'users', last.id))));
    }
    const midnight = new Date(Date.parse(before.created_at)).toISOString().replace('Z', '+00:00');
    expect((await get(then(people, 'users', midnight))).as_of.occurred_at).toBe(before.created_at);
  });

  it('shows one person, one group, or that there was none', async () => {
    const shown = await get(then(people, `users/${ada.id}`, before.id));
    expect(shown).toMatchObject({ id: ada.id, job_title: 'Countess', as_of: { position: before.id } });
    expect(await get(then(people, `groups/${group.id}`, before.id))).toMatchObject({ name: 'Engineers' });
    for (const path of [`users/${bea.id}`, `users/${bea.id}/groups`, `users/${group.id}`, 'groups/x']) {
      const answer = await read(then(people, path, after.id));
      expect([answer.status, answer.body['code']]).toEqual([404, 'entity_not_found']);
    }
  });

  it('comes in pages in both directions, each of the same moment', async () => {
    const many = await hub.connect();
    const users = await Promise.all(Array.from({ length: 7 }, (_, index) => many.makeUser(`p${index}`)));
    const ids = users.map(({ id }) => id).sort();
    const moment = await lastOf(many);
    await many.scim('DELETE', `/Users/${ids[2]}`);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Past = await get(
        then(many, 'users', moment.id, `&limit=3&order=asc${cursor && `&after=${cursor}`}`),
      );
      seen.push(...idsOf(page));
      cursor = page.list_metadata.after;
    }
    expect(seen).toEqual(ids);
    const back = await get(then(many, 'users', moment.id, `&limit=3&order=asc&before=${ids[4]}`));
    expect([idsOf(back), back.list_metadata]).toEqual([ids.slice(1, 4), { before: ids[1], after: ids[3] }]);
    const newest = await get(then(many, 'users', moment.id, '&limit=2'));
    expect(idsOf(newest)).toEqual([ids[6], ids[5]]);
  });

  it('outlives the directory', async () => {
    const gone = await hub.connect();
    const dan = await gone.makeUser('dan');
    const team = await gone.makeGroup('Team', [dan.id]);
    const moment = await lastOf(gone);
    expected(202, await hub.api('DELETE', `/directories/${gone.id}`));
    await eventually(async () => expect((await read(`/directories/${gone.id}`)).status).toBe(404));
    expect(idsOf(await get(then(gone, `groups/${team.id}/members`, moment.id)))).toEqual([dan.id]);
    const now = new Date().toISOString();
    expect(idsOf(await get(then(gone, 'users', now)))).toEqual([]);
    expect((await read(then(gone, `users/${dan.id}`, now))).status).toBe(404);
    const timeline = await get(`/directory_users/${dan.id}/timeline?order=asc`);
    expect(timeline.data.map(({ cause }) => cause)).toEqual([
      'UserCreated',
      'MembershipChanged',
      'DirectoryDeleted',
    ]);
    const access = await get(`/directories/${gone.id}/access_history?user=${dan.id}`);
    expect(access.data).toMatchObject([{ group: { id: team.id }, to: { because: 'directory_deleted' } }]);
  });

  it('is one file of comma-separated values for the auditor', async () => {
    const answer = await download(then(people, `groups/${group.id}/members`, before.id, '&format=csv'));
    expect(answer.type).toMatch(/^text\/csv/);
    const [header, ...lines] = answer.text.trimEnd().split('\r\n');
    expect(header!.split(',').slice(0, 7)).toEqual([
      'as_of',
      'as_of_event_id',
      'directory_id',
      'group_id',
      'group_name',
      'user_id',
      'user_name',
    ]);
    expect(lines.map((line) => line.split(',').slice(1, 7))).toEqual([
      [before.id, people.id, group.id, 'Engineers', ada.id, 'ada'],
      [before.id, people.id, group.id, 'Engineers', bea.id, 'bea'],
    ]);
    const all = await download(then(people, 'memberships', before.id, '&format=csv'));
    expect(all.text.trimEnd().split('\r\n')).toHaveLength(3);
  });

  it('is the same when the operator has it made anew while the hub runs', async () => {
    const [users, memberships] = [
      then(people, 'users', before.id),
      then(people, 'memberships', before.id),
    ] as const;
    const answers = await Promise.all([get(users), get(memberships)]);
    const run = runProgram('history', environment);
    run.ready.catch(() => undefined); // it listens to nobody
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.output()).toMatch(/^\d+ directories, \d+ comings and goings, \d+ epochs$/m);
    expect(await Promise.all([get(users), get(memberships)])).toEqual(answers);
  });

  it('is refused with words that help', async () => {
    const made = before.id.slice(0, -1) + (before.id.endsWith('0') ? '1' : '0');
    const refused = async (path: string, status: number, code: string, message: RegExp): Promise<void> => {
      const answer = await read(path);
      expect([answer.status, answer.body['code']]).toEqual([status, code]);
      expect(answer.body['message']).toMatch(message);
    };
    const url = `/directories/${people.id}/history/users`;
    const unprocessable = 'invalid_request_parameters';
    await refused(url, 422, unprocessable, /as_of is needed/);
    await refused(then(people, 'users', '2999-01-01T00:00:00Z'), 422, unprocessable, /future/);
    await refused(then(people, 'users', '2001-01-01'), 422, unprocessable, /not there then: its first event/);
    await refused(then(people, 'users', 'yesterday'), 422, unprocessable, /ISO 8601/);
    await refused(then(people, 'users', made), 400, 'invalid_cursor', /not the id of an event/);
    await refused(then(people, 'users', before.id, '&after=nobody'), 400, 'invalid_cursor', /no cursor/);
    await refused(
      then(people, 'memberships', before.id, `&after=${ada.id}`),
      400,
      'invalid_cursor',
      /no cursor/,
    );
    await refused(then(people, 'users', before.id, '&limit=0'), 422, unprocessable, /limit/);
    await refused(then(people, 'users', before.id, '&format=xml'), 422, unprocessable, /format/);
    await refused(
      `/directories/directory_x/history/users?as_of=${before.id}`,
      404,
      'entity_not_found',
      /Directory/,
    );
    await refused(`/directory_users/${ada.id}/timeline?after=x`, 400, 'invalid_cursor', /not the id/);
    await refused(`/directory_users/${group.id}/timeline`, 404, 'entity_not_found', /Directory user/);
    await refused('/directory_groups/nobody/timeline', 404, 'entity_not_found', /Directory group/);
    await refused(`/directories/${people.id}/access_history`, 422, unprocessable, /user or group/);
    await refused(
      `/directories/${people.id}/access_history?user=${ada.id}&from=${after.id}&to=${before.id}`,
      422,
      unprocessable,
      /from must not be later/,
    );
    const other = await hub.connect();
    await refused(then(other, 'users', before.id), 422, unprocessable, /not there then/);
    await refused(`/directories/${other.id}/access_history?user=${ada.id}`, 404, 'entity_not_found', /user/);
    const unauthorized = await hub.api('GET', url, undefined, { authorization: 'Bearer sk_wrong' });
    expect(unauthorized.status).toBe(401);
  });
});

describe('a timeline', () => {
  it('tells each event about a person, what changed, who said so, and what became of it', async () => {
    const directory = await hub.connect({ type: 'okta scim v2.0' });
    const body = { endpoint_url: `${sink.url}/hook`, events: [], organization_id: directory.organizationId };
    const endpoint = expected(201, await hub.api('POST', '/webhook_endpoints', body)).body;
    const eve = await directory.makeUser('eve', { title: 'Clerk' });
    const group = await directory.makeGroup('Readers', [eve.id]);
    const change = await directory.patch(`/Users/${eve.id}`, {
      op: 'replace',
      path: 'title',
      value: 'Chief',
    });
    await directory.scim('DELETE', `/Users/${eve.id}`);

    const path = `/directory_users/${eve.id}/timeline?order=asc`;
    await eventually(async () => {
      const { data } = await get(path);
      expect(data.flatMap(({ deliveries }) => deliveries as { state: string }[])).toMatchObject(
        Array(4).fill({ destination_id: endpoint.id, state: 'delivered', attempts: 1 }),
      );
      expect(data.map(({ said_by: by }) => (by as { kept: boolean }).kept)).toEqual([true, true, true, true]);
    });
    const { data, list_metadata } = await get(path);
    expect(list_metadata).toEqual({ before: null, after: null });
    expect(data.map(({ event, cause }) => [event, cause])).toEqual([
      ['dsync.user.created', 'UserCreated'],
      ['dsync.group.user_added', 'MembershipChanged'],
      ['dsync.user.updated', 'UserProfileChanged'],
      ['dsync.user.deleted', 'UserDeleted'],
    ]);
    expect(data[1]!['membership']).toEqual({
      change: 'added',
      group: { type: 'group', id: group.id, name: 'Readers' },
      member: { type: 'user', id: eve.id, name: 'eve' },
      because: null,
    });
    expect(data[2]).toMatchObject({
      changes: [{ attribute: 'title', from: 'Clerk', to: 'Chief' }],
      said_by: {
        request_id: change.headers['x-request-id'],
        kept: true,
        request: {
          method: 'PATCH',
          path: `${directory.root}/Users/${eve.id}`,
          status: 200,
          identity_provider: 'okta',
          token: { name: 'First token', client_id: null },
        },
      },
    });
    const page = await get(`${path}&limit=2&after=${data[0]!.id}`);
    expect(idsOf(page)).toEqual([data[1]!.id, data[2]!.id]);
    expect(page.list_metadata).toEqual({ before: data[1]!.id, after: data[2]!.id });

    const ofGroup = await get(`/directory_groups/${group.id}/timeline?order=asc`);
    expect(ofGroup.data.map(({ cause }) => cause)).toEqual(['GroupCreated', 'MembershipChanged']);

    const file = await download(`/directory_users/${eve.id}/timeline?format=csv`);
    const lines = file.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[3]).toContain(`PATCH,${directory.root}/Users/${eve.id},200,okta`);
  });
});

describe('the history of access', () => {
  it('names each interval of membership, its ends, and the groups around the group', async () => {
    const directory = await hub.connect();
    const fay = await directory.makeUser('fay');
    const inner = await directory.makeGroup('Inner', [fay.id]);
    const start = await lastOf(directory);
    const outer = await directory.makeGroup('Outer', [inner.id]);
    const leave = await directory.patch(`/Groups/${inner.id}`, {
      op: 'remove',
      path: `members[value eq "${fay.id}"]`,
    });
    const left = await lastOf(directory);
    await directory.patch(`/Groups/${inner.id}`, { op: 'add', path: 'members', value: [{ value: fay.id }] });
    await directory.scim('DELETE', `/Groups/${inner.id}`);
    const url = `/directories/${directory.id}/access_history?order=asc`;

    const own = await get(`${url}&user=${fay.id}`);
    expect(own.data).toMatchObject([
      {
        member: { type: 'user', id: fay.id, name: 'fay' },
        group: { id: inner.id, name: 'Inner' },
        from: { event_id: start.id, at: start.created_at, cause: 'MembershipChanged' },
        to: {
          event_id: left.id,
          because: 'removed',
          said_by: { request_id: leave.headers['x-request-id'] },
        },
        nested_in: [{ group: { id: outer.id, name: 'Outer' }, by_group_id: inner.id, to: left.created_at }],
      },
      { group: { id: inner.id }, to: { because: 'group_deleted' }, nested_in: [{ group: { id: outer.id } }] },
    ]);
    expect(own.data).toHaveLength(2);
    expect(idsOf(await get(`${url}&user=${fay.id}&to=${start.id}`))).toEqual([start.id]);
    expect(idsOf(await get(`${url}&user=${fay.id}&from=${left.id}`))).toEqual([own.data[1]!.id]);
    expect(idsOf(await get(`${url}&user=${fay.id}&limit=1`))).toEqual([start.id]);
    expect(idsOf(await get(`${url}&user=${fay.id}&after=${start.id}`))).toEqual([own.data[1]!.id]);

    const ofOuter = await get(`${url}&group=${outer.id}`);
    expect(ofOuter.data).toMatchObject([{ member: { type: 'group', id: inner.id, name: 'Inner' } }]);
    expect((await get(`${url}&user=${fay.id}&group=${outer.id}`)).data).toEqual([]);
    const file = await download(`${url}&group=${inner.id}&format=csv`);
    expect(file.text.trimEnd().split('\r\n')).toHaveLength(3);
  });

  it('says when a member was inactive, and so had no access', async () => {
    const directory = await hub.connect();
    const gil = await directory.makeUser('gil', { active: false });
    const group = await directory.makeGroup('Club', [gil.id]);
    const turn = async (active: boolean): Promise<string> => {
      await directory.patch(`/Users/${gil.id}`, { op: 'replace', path: 'active', value: active });
      return (await lastOf(directory)).created_at;
    };
    const [back, away] = [await turn(true), await turn(false)];
    const url = `/directories/${directory.id}/access_history?user=${gil.id}`;
    const [began] = (await get(url)).data as unknown as { from: { at: string } }[];
    expect((await get(url)).data).toMatchObject([
      {
        group: { id: group.id },
        to: null,
        inactive: [
          { from: began!.from.at, to: back },
          { from: away, to: null },
        ],
      },
    ]);
    await directory.patch(`/Groups/${group.id}`, { op: 'remove', path: 'members' });
    const left = (await lastOf(directory)).created_at;
    const [interval] = (await get(url)).data;
    expect(interval).toMatchObject({ to: { at: left }, inactive: [{}, { from: away, to: left }] });
  });
});
