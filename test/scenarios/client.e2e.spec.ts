/** The client package against a running hub: each call of it, and each signature of a webhook. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  RollcallClient,
  RollcallError,
  WebhookVerifier,
  type AnyEvent,
  type NewWebhookEndpoint,
  type VerifierOptions,
  type WebhookEndpoint,
} from '../../packages/client/src/index.js';
import type { TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink, type ReceivedRequest } from '../support/index.js';

let installation: Installation;
let client: RollcallClient;
beforeAll(async () => {
  installation = await startInstallation();
  const { url: baseUrl, apiKey } = installation.hub;
  client = new RollcallClient({ baseUrl, apiKey });
});
afterAll(() => installation.close());

async function everyOne<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function refusalOf(call: Promise<unknown>): Promise<RollcallError> {
  const refusal: unknown = await call.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RollcallError);
  return refusal as RollcallError;
}

describe('the client', () => {
  it('makes, reads and deletes organizations', async () => {
    const made = await client.organizations.create({ name: 'Acme' });
    expect(await client.organizations.get(made.id)).toEqual(made);
    expect(made).toMatchObject({ object: 'organization', name: 'Acme', metadata: {}, external_id: null });
    await client.organizations.delete(made.id);
    expect(await refusalOf(client.organizations.get(made.id))).toMatchObject({
      status: 404,
      code: 'entity_not_found',
    });
  });

  it('makes, lists, changes and deletes directories and their tokens', async () => {
    const { id: organization_id } = await client.organizations.create({ name: 'Directories' });
    const names = ['A', 'B', 'C'];
    for (const name of names)
      await client.directories.create({ organization_id, name, type: 'okta scim v2.0' });
    const page = await client.directories.list({ organization_id, limit: 2, order: 'asc' });
    expect(page.data.map(({ name }) => name)).toEqual(['A', 'B']);
    const all = await everyOne(client.directories.all({ organization_id, limit: 2, order: 'asc' }));
    expect(all.map(({ name }) => name)).toEqual(names);
    expect((await client.directories.list({ organization_id, search: 'b' })).data).toHaveLength(1);
    const { id } = all[0]!;
    const changed = await client.directories.update(id, {
      name: 'Z',
      settings: { delete_policy: 'deactivate', purge_after_days: 3 },
    });
    expect(await client.directories.get(id)).toEqual(changed);
    expect(changed).toMatchObject({ name: 'Z', state: 'linked', settings: { purge_after_days: 3 } });

    const token = await client.directories.tokens.create(id, { name: 'second' });
    expect(token.bearer_token).toMatch(/\S{20}/);
    expect((await client.directories.tokens.list(id)).data.map(({ name }) => name)).toContain('second');
    const rotated = await client.directories.tokens.rotate(id, token.id, { overlap_seconds: 0 });
    expect(rotated).toMatchObject({ name: 'second', replaces: { id: token.id } });
    expect(await client.directories.tokens.delete(id, rotated.id)).toMatchObject({ deleted: true });

    await client.directories.delete(id);
    expect(await refusalOf(client.directories.get(id))).toMatchObject({ status: 404 });
  });

  it('reads what happened, of one type, of one organization, page by page and to the end', async () => {
    const directory = await installation.hub.connect();
    const user = await directory.makeUser('ada');
    await directory.patch(`/Users/${user.id}`, { op: 'replace', path: 'title', value: 'Countess' });
    const organization_id = directory.organizationId;
    const all = await everyOne(client.events.all({ organization_id, limit: 1 }));
    expect(all.map(({ event }) => event)).toEqual([
      'dsync.activated',
      'dsync.user.created',
      'dsync.user.updated',
    ]);
    const page = await client.events.list({
      organization_id,
      events: ['dsync.user.updated'],
      after: all[0]!.id,
    });
    expect(page.data).toEqual([all[2]]);
    expect(all[2]).toMatchObject({
      data: { job_title: 'Countess', previous_attributes: { job_title: null } },
    });
    const later = { organization_id, range_start: new Date(Date.now() + 60_000) };
    expect((await client.events.list(later)).data).toEqual([]);
    expect(await refusalOf(client.events.list({ after: 'event_made_up' }))).toMatchObject({
      status: 400,
      code: 'invalid_cursor',
    });
  });

  it('reads people with their groups, and groups, by all that they can be asked for by', async () => {
    const directory = await installation.hub.connect();
    const emails = [{ value: 'ada@example.com', primary: true }];
    const ada = await directory.makeUser('ada', { externalId: 'okta-1', emails });
    const alan = await directory.makeUser('alan');
    const engines = await directory.makeGroup('Engines', [ada.id]);
    const inDirectory = { directory: directory.id };
    const all = await everyOne(client.users.all({ ...inDirectory, limit: 1, order: 'asc' }));
    expect(all.map(({ id }) => id)).toEqual([ada.id, alan.id]);
    for (const query of [{ email: 'ada@example.com' }, { idp_id: 'okta-1' }, { group: engines.id }])
      expect((await client.users.list({ ...inDirectory, ...query })).data).toEqual([all[0]]);
    expect(await client.users.get(ada.id)).toMatchObject({
      username: 'ada',
      groups: [{ id: engines.id, name: 'Engines' }],
    });
    expect((await client.groups.list({ user: ada.id })).data).toEqual(
      await everyOne(client.groups.all(inDirectory)),
    );
    expect(await client.groups.get(engines.id)).toMatchObject({ object: 'directory_group', name: 'Engines' });
    expect(await refusalOf(client.users.get('directory_user_x'))).toMatchObject({
      status: 404,
      code: 'entity_not_found',
    });
  });

  it('makes, lists, changes and deletes destinations, and their secrets', async () => {
    const endpoint_url = 'http://127.0.0.1:40999/revoke';
    const made = await client.destinations.create({ protocol: 'signed-call', settings: { endpoint_url } });
    expect(made.secret).toMatch(/^whsec_/);
    expect((await everyOne(client.destinations.all())).map(({ id }) => id)).toContain(made.id);
    expect((await client.destinations.list({ limit: 1 })).data).toHaveLength(1);
    const paused = await client.destinations.update(made.id, {
      state: 'paused',
      delivery: { max_in_flight: 2 },
    });
    expect(await client.destinations.get(made.id)).toEqual({ ...paused, standing: expect.anything() });
    expect(paused).toMatchObject({ state: 'paused', delivery: { max_in_flight: 2 } });

    const rotated = await client.destinations.secrets.rotate(made.id);
    expect(rotated.secret).toMatch(/^whsec_/);
    const live = await client.destinations.secrets.list(made.id);
    expect(live.data.map(({ last_four }) => last_four)).toEqual([
      rotated.secret!.slice(-4),
      made.secret!.slice(-4),
    ]);
    await client.destinations.secrets.end(made.id, live.data[1]!.id);
    expect((await client.destinations.secrets.list(made.id)).data).toHaveLength(1);

    await client.destinations.delete(made.id);
    expect(await refusalOf(client.destinations.get(made.id))).toMatchObject({ status: 404 });
  });

  it('says what a refusal says, with the id by which the operator finds it', async () => {
    const refusal = await refusalOf(client.directories.create({ organization_id: 'org_x', name: '' }));
    expect(refusal).toMatchObject({
      status: 422,
      code: 'invalid_request_parameters',
      requestId: expect.stringMatching(/^req_/),
      errors: [expect.objectContaining({ field: 'name' })],
    });
    const { url: baseUrl } = installation.hub;
    const stranger = new RollcallClient({ baseUrl, apiKey: 'sk_wrong' });
    expect(await refusalOf(stranger.events.list())).toMatchObject({ status: 401, code: 'unauthorized' });
  });

  it('calls what it has no name for', async () => {
    expect(await client.request('GET', '/health')).toMatchObject({ status: 'ok' });
  });
});

describe('a webhook', () => {
  let sink: Sink;
  let directory: TestDirectory;
  beforeEach(async () => {
    sink = await Sink.open();
    directory = await installation.hub.connect();
  });
  afterEach(() => sink.close());

  const makeEndpoint = (more: Partial<NewWebhookEndpoint> = {}): Promise<WebhookEndpoint> =>
    client.webhookEndpoints.create({
      endpoint_url: `${sink.url}/hook`,
      events: ['dsync.user.*'],
      organization_id: directory.organizationId,
      ...more,
    });

  const eventsOf = (options: VerifierOptions, request: ReceivedRequest): Promise<AnyEvent[]> =>
    new WebhookVerifier(options).events(request);

  async function nextRequest(): Promise<ReceivedRequest> {
    const { length } = sink.received;
    await directory.makeUser(`person${length}`);
    return (await sink.receives(length + 1)).at(-1)!;
  }

  it('with each kind of signature is believed, is the event of the feed, and is not believed with another key', async () => {
    const endpoint = await makeEndpoint({ signatures: ['v1', 'v1a', 'workos'] });
    const jwksUrl = `${installation.hub.url}/.well-known/webhooks/${endpoint.id}/jwks.json`;
    const request = await nextRequest();
    const only = (...names: string[]): ReceivedRequest => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => names.includes(name)),
      );
      return { ...request, headers };
    };
    const standard = only('webhook-id', 'webhook-timestamp', 'webhook-signature');
    const believed: [string, VerifierOptions, ReceivedRequest][] = [
      ['v1', { secrets: endpoint.secret }, standard],
      ['v1a, published', { jwksUrl }, standard],
      ['v1a, given', { publicKeys: endpoint.public_keys }, standard],
      ['workos', { secrets: endpoint.secret }, only('workos-signature')],
      ['all', { secrets: endpoint.secret, jwksUrl }, request],
    ];
    const { data } = await client.events.list({
      organization_id: directory.organizationId,
      events: ['dsync.user.created'],
    });
    for (const [, options, given] of believed) {
      const [event] = await eventsOf(options, given);
      const { previous_sequence, ...context } = event!.context;
      expect(previous_sequence).toBeNull();
      expect({ ...event, context }).toEqual(data[0]);
    }
    const other = await makeEndpoint({ endpoint_url: `${sink.url}/other`, signatures: ['v1a'] });
    const foreign: [VerifierOptions, ReceivedRequest][] = [
      [{ secrets: other.secret }, standard],
      [{ publicKeys: other.public_keys }, standard],
      [{ jwksUrl: jwksUrl.replace(endpoint.id, other.id) }, standard],
      [{ secrets: other.secret }, only('workos-signature')],
    ];
    for (const [options, given] of foreign)
      await expect(eventsOf(options, given)).rejects.toMatchObject({ reason: 'no_match' });
    await client.webhookEndpoints.delete(other.id);
  });

  it('is believed by who knows the old secret, the new one, or the keys, while they are rotated', async () => {
    const endpoint = await makeEndpoint({ signatures: ['v1', 'v1a'] });
    const jwksUrl = `${installation.hub.url}/.well-known/webhooks/${endpoint.id}/jwks.json`;
    const patient = new WebhookVerifier({ jwksUrl });
    await patient.events(await nextRequest());
    const { secret } = await client.destinations.secrets.rotate(endpoint.id);
    await client.destinations.secrets.rotate(endpoint.id, { kind: 'ed25519' });
    // Workers learn of it within a second or two.
    await eventually(async () => {
      const request = await nextRequest();
      expect(await eventsOf({ secrets: secret! }, request)).toHaveLength(1);
      expect(await eventsOf({ secrets: endpoint.secret }, request)).toHaveLength(1);
      expect(await eventsOf({ jwksUrl }, request)).toHaveLength(1);
      expect(await eventsOf({ publicKeys: endpoint.public_keys }, request)).toHaveLength(1);
      expect(await patient.events(request)).toHaveLength(1);
    });
  });

  it('of several events is all of them, in order', async () => {
    const endpoint = await makeEndpoint({ delivery: { batch_size: 10 } });
    await client.webhookEndpoints.update(endpoint.id, { status: 'disabled' });
    const names = ['one', 'two', 'three'];
    for (const name of names) await directory.makeUser(name);
    await client.webhookEndpoints.update(endpoint.id, { status: 'enabled' });
    const told = await eventually(async () => {
      const all = await Promise.all(
        sink.received.map((request) => eventsOf({ secrets: endpoint.secret }, request)),
      );
      expect(all.flat()).toHaveLength(3);
      return all.flat();
    });
    expect(told.map(({ data }) => (data as { username: string }).username)).toEqual(names);
  });

  it('is sent again by a replay, which is counted before, watched, and stays one', async () => {
    const endpoint = await makeEndpoint();
    await nextRequest();
    await eventually(async () => {
      const { standing } = await client.webhookEndpoints.get(endpoint.id);
      expect(standing).toMatchObject({ lag: { events: 0 }, last_delivered_event_id: expect.any(String) });
    });
    expect(await client.replays.dryRun(endpoint.id, { everything: true })).toMatchObject({
      total: 1,
      complete: true,
    });
    const replay = await client.replays.create(endpoint.id, { everything: true });
    await eventually(async () =>
      expect(await client.replays.get(endpoint.id, replay.id)).toMatchObject({ state: 'done', sent: 1 }),
    );
    expect((await client.replays.list(endpoint.id)).data.map(({ id }) => id)).toEqual([replay.id]);
    const [first, again] = sink.received;
    expect(await eventsOf({ secrets: endpoint.secret }, again!)).toMatchObject([
      { id: (await eventsOf({ secrets: endpoint.secret }, first!))[0]!.id },
    ]);
    const { stop, resume } = client.replays;
    for (const call of [stop, resume])
      expect(await refusalOf(call(endpoint.id, replay.id))).toMatchObject({
        status: 409,
        code: 'replay_done',
      });
  });

  it('is tried out by a test, which is about nobody', async () => {
    const endpoint = await makeEndpoint();
    expect(await client.replays.test(endpoint.id)).toMatchObject({ delivered: true, status: 204 });
    expect(await eventsOf({ secrets: endpoint.secret }, sink.received[0]!)).toMatchObject([
      { event: 'webhook.test', context: { test: true } },
    ]);
    const listed = await everyOne(client.webhookEndpoints.all());
    expect(listed.map(({ id }) => id)).toContain(endpoint.id);
    expect((await client.webhookEndpoints.list({ limit: 1 })).data).toHaveLength(1);
  });
});
