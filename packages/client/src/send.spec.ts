import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Sink, type Answer } from '../../../test/support/index.js';
import { RollcallClient } from './client.js';
import { RollcallError, RollcallUnreachable } from './errors.js';
import { retryAfterOf, waitBeforeRetry } from './retry.js';

let sink: Sink;
let client: RollcallClient;
beforeEach(async () => {
  sink = await Sink.open();
  client = clientWith({});
});
afterEach(() => sink.close());

function clientWith(more: object): RollcallClient {
  return new RollcallClient({
    baseUrl: `${sink.url}/`,
    apiKey: 'sk_test',
    retry: { count: 3, firstInMilliseconds: 1, longestInSeconds: 1 },
    ...more,
  });
}

const json = (status: number, body: object, headers = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const list = (...ids: string[]): object => ({
  data: ids.map((id) => ({ id })),
  list_metadata: { before: null, after: null },
});

/** One after the other, the last one for ever. */
const inTurn = (...answers: Answer[]): void =>
  sink.answers((_request, index) => answers[Math.min(index, answers.length - 1)]!);

async function failureOf(call: Promise<unknown>): Promise<RollcallError> {
  const failure: unknown = await call.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RollcallError);
  return failure as RollcallError;
}

describe('a call', () => {
  it('shows the key, names what it accepts, and encodes ids as one segment of the path', async () => {
    sink.answers(json(200, { id: 'x' }));
    await client.directories.get('../a b/c?d');
    expect(sink.received[0]).toMatchObject({
      method: 'GET',
      path: '/directories/..%2Fa%20b%2Fc%3Fd',
      headers: {
        authorization: 'Bearer sk_test',
        accept: 'application/json',
        'user-agent': 'rollcall-client',
      },
    });
    expect(sink.received[0]!.headers['content-type']).toBeUndefined();
  });

  it('writes lists with commas and times as ISO 8601, and leaves out what is not said', async () => {
    sink.answers(json(200, list()));
    await client.events.list({
      events: ['dsync.user.created', 'dsync.user.updated'],
      range_start: new Date('2026-01-05T12:00:00Z'),
      limit: 5,
      organization_id: '',
      after: undefined as never,
    });
    const { searchParams } = new URL(sink.received[0]!.path, sink.url);
    expect(Object.fromEntries(searchParams)).toEqual({
      events: 'dsync.user.created,dsync.user.updated',
      range_start: '2026-01-05T12:00:00.000Z',
      limit: '5',
    });
  });

  it('keeps a path that the hub has behind a proxy', async () => {
    sink.answers(json(200, {}));
    await clientWith({ baseUrl: `${sink.url}/rollcall/` }).organizations.get('org_1');
    expect(sink.received[0]!.path).toBe('/rollcall/organizations/org_1');
  });

  it('that has no body in its answer gives nothing', async () => {
    sink.answers({ status: 202 });
    expect(await client.organizations.delete('org_1')).toBeUndefined();
  });

  it('reads a list to its end, a page at a time', async () => {
    inTurn(
      json(200, {
        data: [{ id: 'event_1' }, { id: 'event_2' }],
        list_metadata: { before: null, after: 'event_2' },
      }),
      json(200, list('event_3')),
    );
    const ids: string[] = [];
    for await (const { id } of client.events.all({ limit: 2 })) ids.push(id);
    expect(ids).toEqual(['event_1', 'event_2', 'event_3']);
    expect(sink.received.map(({ path }) => path)).toEqual([
      '/events?limit=2',
      '/events?limit=2&after=event_2',
    ]);
  });

  it('is not sent on to another place, where the key must not go', async () => {
    sink.answers({ status: 302, headers: { location: `${sink.url}/elsewhere` } });
    expect(await failureOf(client.organizations.get('org_1'))).toMatchObject({
      status: 302,
      code: 'http_302',
    });
    expect(sink.received).toHaveLength(1);
  });

  it('needs an address and a key', () => {
    expect(() => clientWith({ baseUrl: 'hub.example.com' })).toThrow(/baseUrl must begin with https/);
    expect(() => clientWith({ apiKey: '' })).toThrow(/apiKey is missing/);
  });
});

describe('a refusal', () => {
  it('is an error with everything that the hub said', async () => {
    const errors = [{ field: 'name', code: 'required', message: 'name should not be empty' }];
    inTurn(
      json(
        422,
        { message: 'Validation failed.', code: 'invalid_request_parameters', errors },
        { 'x-request-id': 'req_1' },
      ),
    );
    const failure = await failureOf(client.organizations.create({ name: '' }));
    expect(failure).toMatchObject({
      name: 'RollcallError',
      status: 422,
      code: 'invalid_request_parameters',
      message: 'Validation failed.',
      requestId: 'req_1',
      errors,
    });
    expect(sink.received).toHaveLength(1);
  });

  it('from something that is no hub says so', async () => {
    sink.answers({ status: 200, body: '<html>' });
    expect(await failureOf(client.organizations.get('org_1'))).toMatchObject({ code: 'not_json' });
    sink.answers({ status: 404, body: '<html>' });
    expect(await failureOf(client.organizations.get('org_1'))).toMatchObject({
      status: 404,
      code: 'http_404',
    });
  });

  it('by silence is an error of its own', async () => {
    sink.answers({ hangUp: true });
    await expect(client.organizations.get('org_1')).rejects.toThrow(RollcallUnreachable);
    expect(sink.received).toHaveLength(4);
  });

  it('by slowness is one, too', async () => {
    sink.answers(() => new Promise(() => {}));
    const impatient = clientWith({ timeoutInSeconds: 0.05, retry: { count: 0 } });
    await expect(impatient.organizations.get('org_1')).rejects.toThrow(/did not answer within 0.05 seconds/);
  });
});

describe('what fails for a moment', () => {
  it.each([408, 429, 500, 502, 503, 504])('is asked for again: %d', async (status) => {
    inTurn(
      json(status, { message: 'later', code: 'x' }),
      json(status, { message: 'later', code: 'x' }),
      json(200, { id: 'org_1' }),
    );
    expect(await client.organizations.get('org_1')).toEqual({ id: 'org_1' });
    expect(sink.received).toHaveLength(3);
  });

  it('is asked for so often and no more', async () => {
    sink.answers(json(503, { message: 'away', code: 'database_unavailable' }));
    expect(await failureOf(client.organizations.get('org_1'))).toMatchObject({
      status: 503,
      code: 'database_unavailable',
    });
    expect(sink.received).toHaveLength(4);
  });

  it.each([400, 401, 403, 404, 409, 422])('is not what %d says', async (status) => {
    sink.answers(json(status, { message: 'no', code: 'x' }));
    expect(await failureOf(client.organizations.get('org_1'))).toMatchObject({ status });
    expect(sink.received).toHaveLength(1);
  });

  it('is made under the same key each time, so that nothing is made twice', async () => {
    inTurn(json(500, {}), { hangUp: true }, json(201, { id: 'org_1' }));
    await client.organizations.create({ name: 'Acme' });
    const keys = sink.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
    await client.organizations.create({ name: 'Acme' }, { idempotencyKey: 'mine' });
    expect(sink.received.at(-1)!.headers['idempotency-key']).toBe('mine');
    await client.organizations.create({ name: 'Acme' });
    expect(keys).not.toContain(sink.received.at(-1)!.headers['idempotency-key']);
  });

  it('waits as long as Retry-After says, or gives up at once when that is too long', async () => {
    inTurn(json(429, {}, { 'retry-after': '1' }), json(200, {}));
    await client.organizations.get('org_1');
    const [first, second] = sink.received;
    expect(second!.at.getTime() - first!.at.getTime()).toBeGreaterThanOrEqual(990);
    sink.answers(
      json(429, { message: 'Too many requests.', code: 'rate_limit_exceeded' }, { 'retry-after': '61' }),
    );
    expect(await failureOf(client.organizations.get('org_1'))).toMatchObject({ retryAfterInSeconds: 61 });
    expect(sink.received).toHaveLength(3);
  });

  it('ends when the caller has had enough', async () => {
    const enough = new AbortController();
    sink.answers(() => {
      enough.abort(new Error('enough'));
      return json(503, {}, { 'retry-after': '1' });
    });
    await expect(client.organizations.get('org_1', { signal: enough.signal })).rejects.toThrow('enough');
    expect(sink.received).toHaveLength(1);
  });
});

describe('the wait before a repetition', () => {
  const retry = { count: 5, firstInMilliseconds: 100, longestInSeconds: 1 };
  const error = (status: number, retryAfterInSeconds?: number): RollcallError =>
    new RollcallError({
      status,
      code: 'x',
      message: 'x',
      requestId: null,
      ...(retryAfterInSeconds === undefined ? {} : { retryAfterInSeconds }),
    });

  it.each<[string, unknown, number, number, number | undefined]>([
    ['doubles', error(503), 1, 1, 100],
    ['doubles', error(503), 3, 1, 400],
    ['has an end', error(503), 5, 1, 1_000],
    ['is thrown with dice', error(503), 3, 0.25, 100],
    ['is at least what was asked for', error(429, 0.5), 1, 1, 500],
    ['is none when more is asked for than anybody waits', error(429, 2), 1, 1, undefined],
    ['is none after the last attempt', error(503), 6, 1, undefined],
    ['is none where the answer will be the same', error(422), 1, 1, undefined],
    ['is as long as the other request with the same key takes', error(409, 1), 1, 1, 1_000],
    ['is none for a conflict that stays', error(409), 1, 1, undefined],
    ['is none for a mistake of our own', new TypeError('x'), 1, 1, undefined],
  ])('%s', (_title, failure, attempt, dice, expected) => {
    expect(waitBeforeRetry(failure, { attempt, dice, retry })).toBe(expected);
  });

  it('is read from seconds and from dates', () => {
    const now = Date.UTC(2026, 0, 5, 12);
    expect(retryAfterOf('120', now)).toBe(120);
    expect(retryAfterOf('Mon, 05 Jan 2026 12:01:00 GMT', now)).toBe(60);
    expect(retryAfterOf('Mon, 05 Jan 2026 11:00:00 GMT', now)).toBe(0);
    expect(retryAfterOf('soon', now)).toBeUndefined();
    expect(retryAfterOf(null, now)).toBeUndefined();
  });
});
