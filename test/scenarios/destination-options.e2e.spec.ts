/** What a destination may ask for when it is made: order, filters, caps. What is wrong is told by name and changes nothing. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, type TestHub, type Body, type TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink, type ReceivedRequest } from '../support/index.js';

interface Told {
  event: string;
  data: { id: string; user?: { id: string }; group?: { id: string }; organization_id?: string };
}

describe('options of a destination', () => {
  let installation: Installation;
  let hub: TestHub;
  let sink: Sink;
  let directory: TestDirectory;

  beforeAll(async () => {
    installation = await startInstallation();
    hub = installation.hub;
  }, 60_000);

  afterAll(async () => {
    await installation.close();
  }, 60_000);

  beforeEach(async () => {
    sink = await Sink.open();
    directory = await hub.connect({ type: 'okta scim v2.0' });
  });

  afterEach(() => sink.close());

  const make = (more: object = {}): Promise<Body> =>
    hub
      .api('POST', '/webhook_endpoints', { endpoint_url: `${sink.url}/hook`, events: [], ...more })
      .then((answer) => expected(201, answer).body);
  const told = (request: ReceivedRequest): Told => JSON.parse(request.body.toString()) as Told;

  it('shows every option with its default', async () => {
    expect(await make()).toMatchObject({
      filter: { organization_ids: ['*'], directory_ids: ['*'], group_ids: ['*'] },
      delivery: { ordering: 'subject', max_in_flight: 8, max_per_second: null, batch_size: 1 },
    });
  });

  it('keeps what is given, and takes the default back for null', async () => {
    const { id } = await make({ delivery: { ordering: 'directory', max_in_flight: 2, max_per_second: 5 } });
    const path = `/webhook_endpoints/${id}`;
    const changed = await hub.api('PATCH', path, { delivery: { max_per_second: null, max_in_flight: 4 } });
    expect(expected(200, changed).body).toMatchObject({
      delivery: { ordering: 'directory', max_in_flight: 4, max_per_second: null },
    });
  });

  it.each<[object, string]>([
    [{ delivery: { ordering: 'random' } }, 'delivery.ordering'],
    [{ delivery: { max_in_flight: 0 } }, 'delivery.max_in_flight'],
    [{ delivery: { max_in_flight: 1_000 } }, 'delivery.max_in_flight'],
    [{ delivery: { max_per_second: 0.5 } }, 'delivery.max_per_second'],
    [{ delivery: { retry: { delays_seconds: [] } } }, 'delivery.retry.delays_seconds'],
    [{ delivery: { retry: { delays_seconds: [5, 100_000] } } }, 'delivery.retry.delays_seconds'],
    [{ delivery: { on_failure: { policy: 'drop' } } }, 'delivery.on_failure.policy'],
    [{ delivery: { batch_size: 101 } }, 'delivery.batch_size'],
    [{ delivery: { speed: 'fast' } }, 'delivery.speed'],
    [{ delivery: 'fast' }, 'delivery'],
    [{ filter: { directory_ids: ['directory_unknown'] } }, 'filter.directory_ids'],
    [{ filter: { organization_ids: ['org_unknown'] } }, 'filter.organization_ids'],
    [{ filter: { group_ids: ['Admins'] } }, 'filter.group_ids'],
    [{ filter: { people: ['*'] } }, 'filter.people'],
    [{ events: ['dsync.nothing.*'] }, 'events'],
  ])('refuses %j and names %s', async (more, field) => {
    const body = { endpoint_url: `${sink.url}/hook`, events: [], ...more };
    const all = async (): Promise<string[]> =>
      (await hub.api('GET', '/webhook_endpoints?limit=100')).body.data.map(({ id }) => id);
    const before = await all();
    const answer = await hub.api('POST', '/webhook_endpoints', body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field }] } });
    expect(await all()).toEqual(before);
  });

  it('refuses names of another organization for a destination that is limited to one', async () => {
    const other = await hub.connect({ type: 'okta scim v2.0' });
    for (const filter of [{ organization_ids: [other.organizationId] }, { directory_ids: [other.id] }]) {
      const body = {
        endpoint_url: `${sink.url}/hook`,
        events: [],
        organization_id: directory.organizationId,
        filter,
      };
      expect((await hub.api('POST', '/webhook_endpoints', body)).status).toBe(422);
    }
  });

  it('tells each destination what its filter lets through, and nothing of other organizations', async () => {
    const other = await hub.connect({ type: 'okta scim v2.0' });
    const everything = await Sink.open();
    await make({ endpoint_url: `${everything.url}/hook`, events: ['*'] });
    await make({ events: ['dsync.user.*'], organization_id: directory.organizationId });
    const ours = expected(201, await directory.scim('POST', '/Users', { userName: 'ada@example.com' })).body;
    const theirs = expected(201, await other.scim('POST', '/Users', { userName: 'ben@example.com' })).body;
    expected(201, await directory.scim('POST', '/Groups', { displayName: 'Staff' }));
    await everything.receives(3);
    await eventually(() => {
      if (!everything.received.some((request) => told(request).data.id === theirs.id))
        throw new Error('not yet');
    });
    const [only] = await sink.receives(1);
    expect(told(only!).data.id).toBe(ours.id);
    expect(sink.received).toHaveLength(1);
    await everything.close();
  });

  it('tells a destination that names a group about the people in it', async () => {
    const [ada, ben] = await Promise.all(
      ['ada', 'ben'].map((name) =>
        directory
          .scim('POST', '/Users', { userName: `${name}@example.com` })
          .then((answer) => expected(201, answer).body),
      ),
    );
    const staff = expected(201, await directory.scim('POST', '/Groups', { displayName: 'Staff' })).body;
    await make({ events: ['*'], filter: { group_ids: [staff.id] }, delivery: { ordering: 'directory' } });
    const change = (id: string, title: string): Promise<unknown> =>
      directory.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: title });
    await change(ada!.id, 'not yet');
    await directory.patch(`/Groups/${staff.id}`, { op: 'add', path: 'members', value: [{ value: ada!.id }] });
    await change(ben!.id, 'never');
    await change(ada!.id, 'now');
    const requests = await sink.receives(2);
    expect(requests.map((request) => told(request).event)).toEqual([
      'dsync.group.user_added',
      'dsync.user.updated',
    ]);
    expect(told(requests[1]!).data.id).toBe(ada!.id);
  });
});
