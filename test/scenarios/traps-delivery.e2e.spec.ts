/** How other directory syncs lose or muddle what they should tell, each symptom by its name, and the proof that this one does not. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { expected, type TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { asInEventsApi, Sink, type ReceivedRequest } from '../support/index.js';

interface SentEvent {
  id: string;
  event: string;
  data: Body & { user: Body; group: Body };
  context: { cause: string; sequence: number };
}

let installation: Installation;
let hub: TestHub;
let sink: Sink;
let directory: TestDirectory;

beforeAll(async () => {
  // Two workers, so that whatever must be done once is asked of both.
  installation = await startInstallation({ workers: 2 });
  hub = installation.hub;
}, 90_000);

afterAll(async () => {
  await installation.close();
}, 90_000);

beforeEach(async () => {
  sink = await Sink.open();
  directory = await hub.connect({ type: 'okta scim v2.0' });
});
afterEach(() => sink.close());

async function makeEndpoint(url = `${sink.url}/hook`): Promise<Body> {
  const body = { endpoint_url: url, events: [], organization_id: directory.organizationId };
  return expected(201, await hub.api('POST', '/webhook_endpoints', body)).body;
}

const eventOf = ({ body }: ReceivedRequest): SentEvent => JSON.parse(body.toString()) as SentEvent;
const causesIn = (requests: readonly ReceivedRequest[]): string[] =>
  requests.map((request) => eventOf(request).context.cause);
const setActive = (id: string, value: boolean): Promise<HttpAnswer> =>
  directory.patch(`/Users/${id}`, { op: 'replace', value: { active: value } });

describe('no identity provider waits for', () => {
  it('a webhook that is sent inside its own request', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    sink.answers(() => released.then(() => ({ status: 200 })));
    await makeEndpoint();
    // Answered, all of it, while the endpoint has not answered anything.
    const { id } = await directory.makeUser('ada@example.com');
    await sink.receives(1);
    expected(200, await setActive(id, false));
    release();
    expect(causesIn(await sink.receives(2))).toEqual(['UserCreated', 'UserDeactivated']);
  });
});

describe('no event is lost by', () => {
  it('an error of the endpoint that nobody hears of', async () => {
    sink.answers((_request, index) => (index === 0 ? { hangUp: true } : { status: 200 }));
    await makeEndpoint();
    const { id } = await directory.makeUser('ada@example.com');
    const [, second] = await sink.receives(2, { withinInSeconds: 30 });
    expect(eventOf(second!)).toMatchObject({ event: 'dsync.user.created', data: { id } });
  }, 40_000);

  it('one bad endpoint that stops the others', async () => {
    const bad = await Sink.open();
    bad.answers({ status: 500 });
    await makeEndpoint(`${bad.url}/bad`);
    await makeEndpoint();
    for (const name of ['ada', 'bob', 'eve']) await directory.makeUser(`${name}@example.com`);
    expect(causesIn(await sink.receives(3))).toHaveLength(3);
    await bad.receives(1);
    await bad.close();
  });

  it('an event that poisons the cursor for everybody', async () => {
    sink.answers((request) => ({
      status: eventOf(request).data['username'] === 'poison@example.com' ? 500 : 204,
    }));
    await makeEndpoint();
    const poison = await directory.makeUser('poison@example.com');
    for (const name of ['ada', 'bob', 'eve']) await directory.makeUser(`${name}@example.com`);
    expected(200, await setActive(poison.id, false));
    const received = await sink.receives(4);
    const good = received.map(eventOf).filter(({ data }) => data.id !== poison.id);
    expect(good.map(({ data }) => data['username'])).toEqual([
      'ada@example.com',
      'bob@example.com',
      'eve@example.com',
    ]);
    // Only what is about the same person waits behind it.
    expect(causesIn(sink.received)).not.toContain('UserDeactivated');
  });

  it('a cursor that is not one, and is answered as if nothing had happened', async () => {
    await directory.makeUser('ada@example.com');
    const [event] = await directory.events();
    const last = event!.id.at(-1) === '0' ? '1' : '0';
    for (const after of ['event_made_up', `${event!.id.slice(0, -1)}${last}`, '0']) {
      const answer = await hub.api('GET', `/events?after=${after}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
    }
    const good = await hub.api(
      'GET',
      `/events?after=${event!.id}&organization_id=${directory.organizationId}`,
    );
    expect(good).toMatchObject({ status: 200, body: { data: [] } });
  });
});

describe('no event is told twice or wrongly by', () => {
  it('an endpoint that answers success with another number than 200', async () => {
    const numbers = [200, 201, 202, 204, 299];
    sink.answers((_request, index) => ({ status: numbers[index] ?? 200 }));
    await makeEndpoint();
    for (const number of numbers) await directory.makeUser(`user-${number}@example.com`);
    await sink.receives(numbers.length);
    const { id } = await directory.makeUser('last@example.com');
    const received = await sink.receives(numbers.length + 1);
    expect(eventOf(received.at(-1)!).data.id).toBe(id);
    expect(new Set(received.map((request) => eventOf(request).id)).size).toBe(received.length);
  });

  it('two workers that do the same errand at the same time', async () => {
    sink.answers({ status: 204, delayInMilliseconds: 5 });
    await makeEndpoint();
    const names = Array.from({ length: 100 }, (_each, index) => `user-${index}@example.com`);
    const made = await Promise.all(names.map((name) => directory.makeUser(name)));
    await sink.receives(names.length, { withinInSeconds: 30 });
    const last = await directory.makeUser('last@example.com');
    const received = await sink.receives(names.length + 1, { withinInSeconds: 30 });
    const ids = received.map((request) => eventOf(request).data.id);
    expect([...ids].sort()).toEqual([...made.map(({ id }) => id), last.id].sort());
  }, 60_000);

  it('requests that change nothing', async () => {
    await makeEndpoint();
    const body = { userName: 'ada@example.com', name: { givenName: 'Ada' }, active: true };
    const { id } = await directory.makeUser('ada@example.com', body);
    const group = await directory.makeGroup('Engineering', [id]);
    const before = await hub.logPosition();
    expected(200, await directory.scim('PUT', `/Users/${id}`, body));
    expected(200, await setActive(id, true));
    expected(200, await directory.patch(`/Users/${id}`, { op: 'add', path: 'name.givenName', value: 'Ada' }));
    expected(
      204,
      await directory.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: id }] }),
    );
    expect(await hub.logPosition()).toBe(before);
    expected(200, await setActive(id, false));
    const received = await sink.receives(4);
    expect(causesIn(received)).toEqual([
      'UserCreated',
      'GroupCreated',
      'MembershipChanged',
      'UserDeactivated',
    ]);
  });

  it('a late removal that arrives after a newer addition', async () => {
    let failures = 1;
    sink.answers((request) => {
      const { event } = eventOf(request);
      return { status: event === 'dsync.group.user_removed' && failures-- > 0 ? 503 : 204 };
    });
    await makeEndpoint();
    const { id } = await directory.makeUser('ada@example.com');
    const group = await directory.makeGroup('Engineering', [id]);
    const change = (op: string): Promise<HttpAnswer> =>
      directory.patch(`/Groups/${group.id}`, { op, path: 'members', value: [{ value: id }] });
    expected(204, await change('remove'));
    expected(204, await change('add'));
    const received = await sink.receives(6, { withinInSeconds: 40 });
    expect(received.map((request) => eventOf(request).event)).toEqual([
      'dsync.user.created',
      'dsync.group.created',
      'dsync.group.user_added',
      'dsync.group.user_removed',
      'dsync.group.user_removed',
      'dsync.group.user_added',
    ]);
  }, 60_000);

  it('a membership that arrives before its person, and is tried for ever because of it', async () => {
    let failures = 1;
    sink.answers((request) => {
      const { event } = eventOf(request);
      return { status: event === 'dsync.user.created' && failures-- > 0 ? 503 : 204 };
    });
    await makeEndpoint();
    const { id } = await directory.makeUser('ada@example.com');
    await directory.makeGroup('Engineering', [id]);
    const received = await sink.receives(4, { withinInSeconds: 40 });
    const told = received.map((request) => eventOf(request).event);
    // The group need not wait for the person; their membership waits for both.
    expect([...told].sort()).toEqual([
      'dsync.group.created',
      'dsync.group.user_added',
      'dsync.user.created',
      'dsync.user.created',
    ]);
    expect(told.at(-1)).toBe('dsync.group.user_added');
  }, 60_000);

  it('a repeated delivery that cannot be told from a new event', async () => {
    sink.answers((_request, index) => (index === 0 ? { hangUp: true } : { status: 204 }));
    await makeEndpoint();
    await directory.makeUser('ada@example.com');
    const [first, second] = await sink.receives(2, { withinInSeconds: 30 });
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect(second!.body.equals(first!.body)).toBe(true);
    expect(eventOf(second!).id).toBe(first!.headers['webhook-id']);
  }, 40_000);

  it('a shape that lacks what the SDKs say is there', async () => {
    const { id } = await directory.makeUser('ada@example.com', {
      emails: [{ value: 'ada@example.com', primary: true }],
    });
    const group = await directory.makeGroup('Engineering', [id]);
    expected(204, await directory.scim('DELETE', `/Groups/${group.id}`));
    expected(204, await directory.scim('DELETE', `/Users/${id}`));
    const events = await directory.events();
    expect(events).toHaveLength(5);
    for (const { event, data } of events) {
      expect([event, data['directory_id']]).toEqual([event, directory.id]);
      for (const part of event.includes('user_') ? [data.user, data.group] : [data])
        expect(part).toMatchObject({ directory_id: directory.id, organization_id: directory.organizationId });
    }
  });
});

describe('no receiver is endangered by', () => {
  it('a signature over other bytes than those that were sent', async () => {
    const { secret } = await makeEndpoint();
    const name = { givenName: 'Zoë 🦊', familyName: 'Ünïçødé\u2028"\\/ 𝔘' };
    await directory.makeUser('zoë@exämple.com', { name });
    const [request] = await sink.receives(1);
    const raw = request!.body.toString();
    expect(Number(request!.headers['content-length'])).toBe(request!.body.length);
    const verified = new Webhook(secret as string).verify(raw, request!.headers as Record<string, string>);
    expect(verified).toMatchObject({ data: { first_name: name.givenName, last_name: name.familyName } });
    const { text } = await hub.api('GET', `/events?organization_id=${directory.organizationId}`);
    expect(text).toContain(asInEventsApi(raw));
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://167772161/',
    'https://0x0a.1/',
    'https://user:secret@example.com/',
    'file:///etc/passwd',
  ])('a URL that leads into the operator’s own network: %s', async (url) => {
    const body = { endpoint_url: url, events: [], organization_id: directory.organizationId };
    const webhook = await hub.api('POST', '/webhook_endpoints', body);
    expect(webhook.status).toBe(422);
    const settings = { endpoint_url: url };
    const revocation = {
      protocol: 'global-token-revocation',
      organization_id: directory.organizationId,
      settings,
    };
    expect((await hub.api('POST', '/destinations', revocation)).status).toBe(422);
  });

  it('a redirect to where nobody allowed it to go', async () => {
    const elsewhere = await Sink.open();
    sink.answers({ status: 307, headers: { location: `${elsewhere.url}/stolen` } });
    await makeEndpoint();
    await directory.makeUser('ada@example.com');
    await sink.receives(2, { withinInSeconds: 30 });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  }, 40_000);

  it('a session that outlives the deactivation of its person', async () => {
    const settings = { endpoint_url: `${sink.url}/revoke`, subject: { format: 'opaque', attribute: 'id' } };
    const body = { protocol: 'global-token-revocation', organization_id: directory.organizationId, settings };
    expected(201, await hub.api('POST', '/destinations', body));
    const { id } = await directory.makeUser('ada@example.com');
    expected(200, await setActive(id, false));
    const [request] = await sink.receives(1);
    expect(request).toMatchObject({ method: 'POST', path: '/revoke' });
    expect(JSON.parse(request!.body.toString())).toEqual({ sub_id: { format: 'opaque', id } });
  });
});
