/** The SDKs that WorkOS has for other languages: their requests with what each adds and how each spells it, and the same answers to all. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

interface Sdk {
  /** What it adds to every list that nobody asked it for. */
  onLists: string;
  onEvents: string;
  array(name: string, values: string[]): string;
  headers?: Record<string, string>;
  /** Some write a time as only they do. */
  time?: string;
}

const NODE_ACCEPTS = { accept: 'application/json, text/plain, */*' };
const JSON_TYPE = { 'content-type': 'application/json' };
const commas = (name: string, values: string[]): string => `${name}=${values.join('%2C')}`;
const repeated = (name: string, values: string[]): string =>
  values.map((value) => `${name}=${value}`).join('&');
const brackets = (name: string, values: string[]): string =>
  values.map((value) => `${name}%5B%5D=${value}`).join('&');
const numbered = (name: string, values: string[]): string =>
  values.map((value, index) => `${name}%5B${index}%5D=${value}`).join('&');

const TEN_NEWEST = 'limit=10&order=desc';
const NEWEST = 'order=desc';

const SDKS: [language: string, sdk: Sdk][] = [
  ['Node', { onLists: NEWEST, onEvents: '', array: commas, headers: { ...NODE_ACCEPTS, ...JSON_TYPE } }],
  ['Python', { onLists: NEWEST, onEvents: NEWEST, array: commas, headers: JSON_TYPE }],
  ['Ruby', { onLists: TEN_NEWEST, onEvents: TEN_NEWEST, array: repeated }],
  ['Go', { onLists: TEN_NEWEST, onEvents: TEN_NEWEST, array: repeated, headers: JSON_TYPE }],
  ['PHP', { onLists: NEWEST, onEvents: NEWEST, array: numbered, headers: JSON_TYPE }],
  ['Kotlin', { onLists: '', onEvents: '', array: commas, time: '2026-01-01T00:00Z' }],
  ['.NET', { onLists: NEWEST, onEvents: NEWEST, array: brackets, headers: { 'accept-encoding': 'utf-8' } }],
  ['Elixir', { onLists: '', onEvents: '', array: brackets }],
];

let hub: TestHub;
let directory: TestDirectory;
let people: Body[];
let group: Body;
beforeAll(async () => {
  // Nothing is sent there: no worker runs.
  hub = await TestHub.start({ ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8' });
  directory = await hub.connect();
  people = [];
  for (let number = 1; number <= 12; number += 1) people.push(await directory.makeUser(`user-${number}`));
  group = await directory.makeGroup(
    'Engineering',
    people.map(({ id }) => id),
  );
}, 30_000);
afterAll(() => hub.close());

describe.each(SDKS)('the SDK for %s', (language, sdk) => {
  const headers = { ...sdk.headers };
  const ask = (path: string, ...query: string[]): Promise<HttpAnswer> =>
    hub.api('GET', `${path}?${query.filter((part) => part !== '').join('&')}`, undefined, headers);
  const read = async (path: string, ...query: string[]): Promise<Body> => {
    const answer = expected(200, await ask(path, ...query));
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers).not.toHaveProperty('content-encoding');
    return answer.body;
  };

  it.each(['directory_users', 'directory_groups', 'directories'])(
    'reads the same first page of /%s, newest first, and the rest by its cursor',
    async (list) => {
      const of = list === 'directories' ? 'organization_id' : 'directory';
      const owner = `${of}=${list === 'directories' ? directory.organizationId : directory.id}`;
      const plain = expected(200, await hub.api('GET', `/${list}?${owner}`)).body;
      const first = await read(`/${list}`, owner, sdk.onLists);
      expect(first).toEqual(plain);
      expect(first.list_metadata.before).toBeNull();
      if (list !== 'directory_users') return expect(first.list_metadata.after).toBeNull();
      const rest = await read(`/${list}`, owner, sdk.onLists, `after=${first.list_metadata.after}`);
      const ids = [...first.data, ...rest.data].map(({ id }) => id);
      expect(ids).toEqual(people.map(({ id }) => id).reverse());
      expect(rest.list_metadata).toEqual({ before: ids[10], after: null });
    },
  );

  it('reads the members of a group, and one person and one group', async () => {
    const members = await read('/directory_users', `group=${group.id}`, sdk.onLists);
    expect(members.data).toHaveLength(10);
    const person = await read(`/directory_users/${people[0]!.id}`);
    expect(person).toMatchObject({ id: people[0]!.id, groups: [{ id: group.id }] });
    expect(await read(`/directory_groups/${group.id}`)).toMatchObject({ name: 'Engineering' });
  });

  it('reads the events of two types from the oldest to the newest, page by page', async () => {
    const events = sdk.array('events', ['dsync.user.created', 'dsync.group.created']);
    const organization = `organization_id=${directory.organizationId}`;
    const seen: unknown[] = [];
    for (let after: string | null = ''; after !== null;) {
      const cursor = after === '' ? '' : `after=${after}`;
      const time = sdk.time && after === '' ? `range_start=${encodeURIComponent(sdk.time)}` : '';
      const page: Body = await read('/events', events, organization, sdk.onEvents, cursor, time);
      seen.push(...page.data.map(({ data }) => Object(data).id));
      after = page.list_metadata.after;
    }
    expect(seen).toEqual([...people.map(({ id }) => id), group.id]);
  });

  it('makes, changes and deletes a webhook endpoint', async () => {
    const url = `http://127.0.0.1:8080/${language}`;
    const sent = { ...headers, ...JSON_TYPE, 'idempotency-key': `retry-${language}` };
    const wish = { endpoint_url: url, events: ['dsync.user.created'] };
    const made = expected(201, await hub.api('POST', '/webhook_endpoints', wish, sent)).body;
    const path = `/webhook_endpoints/${made.id}`;
    const change = await hub.api('PATCH', path, { status: 'disabled' }, sent);
    expect(change.body).toMatchObject({ id: made.id, status: 'disabled' });
    expect((await hub.api('DELETE', path, undefined, headers)).status).toBe(204);
  });

  it('hears of what is not there, of a wrong key and of a wrong limit in JSON', async () => {
    for (const [path, status] of [
      ['/directory_users/directory_user_x', 404],
      ['/directory_groups?user=directory_user_x', 404],
      ['/directory_users?limit=101', 422],
      ['/events?after=event_x', 400],
    ] as const)
      expect((await hub.api('GET', path, undefined, headers)).status).toBe(status);
    const wrong = { ...headers, authorization: 'Bearer sk_wrong' };
    const answer = await hub.api('GET', '/directory_users', undefined, wrong);
    expect([answer.status, answer.body['code']]).toEqual([401, 'unauthorized']);
  });

  it('deletes a directory with an empty body', async () => {
    const other = await hub.connect();
    const answer = await hub.api('DELETE', `/directories/${other.id}`, undefined, headers);
    expect([answer.status, answer.text]).toEqual([202, '']);
  });
});
