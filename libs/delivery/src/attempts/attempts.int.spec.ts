import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Observations, SearchTookTooLong } from '@app/runtime';
import { admin, freshDatabase, Sink, type FreshDatabase } from '../../../../test/support/index.js';
import { pump } from '../pump.js';
import { openStage, type PlainEvent, type Stage } from '../testing/stage.js';
import { findAttempt, listAttempts, NotAnAttempt, searchAttempts } from './read.js';

jest.setTimeout(60_000);

let fresh: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;
let destination: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  stage = await openStage(fresh.url);
  sink = await Sink.open();
});
afterAll(async () => {
  await sink.close();
  await stage.close();
  await fresh.drop();
});
beforeEach(async () => {
  await stage.database.rows('delete from destination');
  organization = await stage.organization();
  destination = await stage.destination({ url: sink.url, organizationId: organization });
  sink.answers({ status: 204 });
  stage.engine.attempts = { kept: true, told: 'all', worker: 'stage' };
});

const event = (subject: string): PlainEvent => ({ type: 'UserProfileChanged', subjects: [subject] });
const page = { limit: 10, order: 'desc' } as const;

describe('an attempt', () => {
  it('is kept with everything that a person asks about it', async () => {
    sink.answers({ status: 503, body: '{"error":"db down","password":"hunter2"}' });
    const [position] = await stage.append(organization, [event('ada')]);
    await pump(stage.engine, destination);
    const { data } = await listAttempts(stage.database, { destinationId: destination }, page);
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^attempt_/),
        destinationId: destination,
        organizationId: organization,
        directoryId: `directory_of_${organization}`,
        position,
        occurredAt: expect.any(Date),
        attempt: 1,
        kind: 'delivery',
        batchSize: 1,
        startedAt: expect.any(Date),
        durationInMilliseconds: expect.any(Number),
        outcome: 'refused',
        status: 503,
        error: null,
        answer: '{"error":"db down","password":(redacted)}',
        worker: 'stage',
        eventType: 'UserProfileChanged',
        requestId: 'request_1',
      },
    ]);
    expect(await findAttempt(stage.database, data[0]!.id)).toEqual(data[0]);
  });

  it('is not kept where the operator keeps none, and everything else goes on', async () => {
    stage.engine.attempts.kept = false;
    await stage.append(organization, [event('ada'), event('bob')]);
    expect(await pump(stage.engine, destination)).toMatchObject({ tally: { delivered: 2 } });
    const { data } = await listAttempts(stage.database, { destinationId: destination }, page);
    expect(data).toEqual([]);
  });

  it('says when its destination last took something', async () => {
    const before = await stage.state(destination);
    expect(before['last_delivered_at']).toBeNull();
    await stage.append(organization, [event('ada')]);
    await pump(stage.engine, destination);
    const { last_delivered_at: at } = await stage.state(destination);
    sink.answers({ status: 500 });
    await stage.append(organization, [event('bob')]);
    await pump(stage.engine, destination);
    expect(at).toBeInstanceOf(Date);
    expect((await stage.state(destination))['last_delivered_at']).toEqual(at);
  });

  it('has one line in the log, with the request that caused it', async () => {
    const heard: Record<string, unknown>[] = [];
    const write = (line: string): void => void heard.push(JSON.parse(line) as Record<string, unknown>);
    const { observations } = stage.engine;
    stage.engine.observations = new Observations({ level: 'info', write });
    const [position] = await stage.append(organization, [event('ada')]);
    await pump(stage.engine, destination);
    stage.engine.attempts.told = 'failures';
    await stage.append(organization, [event('bob')]);
    await pump(stage.engine, destination);
    sink.answers({ status: 500 });
    await stage.append(organization, [event('eve')]);
    await pump(stage.engine, destination);
    stage.engine.observations = observations;
    const lines = heard.filter((line) => line['event'] === 'delivery attempted');
    expect(lines.map(({ outcome }) => outcome)).toEqual(['delivered', 'refused']);
    expect(lines[0]).toMatchObject({
      ...{ destinationId: destination, position, requestId: 'request_1', attempt: 1, kind: 'delivery' },
      ...{ outcome: 'delivered', status: 204, protocol: 'note', urgency: 'soon' },
      eventId: expect.stringMatching(/^event_/),
      attemptId: expect.stringMatching(/^attempt_/),
      durationInMilliseconds: expect.any(Number),
    });
  });
});

describe('a search', () => {
  const ids = (found: { data: { id: string }[] }): string[] => found.data.map(({ id }) => id);
  let all: string[];
  let positions: number[];

  beforeEach(async () => {
    sink.answers((request) => ({
      status:
        (JSON.parse(request.body.toString()) as { subjects: string[] }).subjects[0] === 'bad' ? 400 : 204,
    }));
    positions = await stage.append(organization, [
      event('a'),
      event('bad'),
      event('c'),
      event('d'),
      event('e'),
    ]);
    await pump(stage.engine, destination);
    all = ids(await listAttempts(stage.database, { destinationId: destination }, { ...page, order: 'asc' }));
    expect(all).toHaveLength(5);
  });

  it('goes through everything in pages, both ways, each once', async () => {
    for (const order of ['asc', 'desc'] as const) {
      const wanted = order === 'asc' ? all : [...all].reverse();
      const wish = { limit: 2, order };
      const filter = { destinationId: destination };
      const first = await listAttempts(stage.database, filter, wish);
      const second = await listAttempts(stage.database, filter, { ...wish, after: first.after! });
      const third = await listAttempts(stage.database, filter, { ...wish, after: second.after! });
      expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(wanted);
      expect([first.before, third.after]).toEqual([null, null]);
      const back = await listAttempts(stage.database, filter, { ...wish, before: third.before! });
      expect(ids(back)).toEqual(ids(second));
    }
  });

  it.each<[string, () => Parameters<typeof listAttempts>[1], number]>([
    ['a status', () => ({ status: { from: 400, to: 499 } }), 1],
    ['no answer', () => ({ status: 'none' }), 0],
    ['an outcome', () => ({ outcome: 'delivered' }), 4],
    ['a kind', () => ({ kind: 'probe' }), 0],
    ['events', () => ({ positions: positions.slice(0, 3) }), 3],
    ['no event at all', () => ({ positions: [] }), 0],
    ['a directory', () => ({ directoryId: `directory_of_${organization}` }), 5],
    ['another organization', () => ({ organizationId: 'org_other' }), 0],
    ['a time to come', () => ({ startedFrom: new Date(Date.now() + 60_000) }), 0],
    ['a time until now', () => ({ startedBefore: new Date(Date.now() + 60_000) }), 5],
  ])('can be by %s', async (_name, filter, count) => {
    const found = await listAttempts(stage.database, { destinationId: destination, ...filter() }, page);
    expect(found.data).toHaveLength(count);
  });

  it('refuses a cursor that no attempt has', async () => {
    const searching = searchAttempts(stage.database, {}, { ...page, after: 'attempt_none' });
    await expect(searching).rejects.toBeInstanceOf(NotAnAttempt);
  });

  it('is broken off before it keeps a connection for minutes', async () => {
    const operator = await admin(fresh.url);
    await operator.undone(async () => {
      await operator.rows('lock table delivery_attempt in access exclusive mode');
      const searching = searchAttempts(stage.database, {}, page, 100);
      await expect(searching).rejects.toBeInstanceOf(SearchTookTooLong);
    });
    await operator.close();
  });
});
