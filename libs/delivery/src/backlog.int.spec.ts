import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { operationsOf, published, recorded, type PublishedEvent } from '@app/directory';
import { freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { watchBacklogs } from './backlog.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

// The stage's clock moves and its events do not, so each kind of threshold is looked at alone.
const threshold = { events: 10, ageInSeconds: 1e9 };
const byAge = { events: 1e9, ageInSeconds: 600 };

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
});

afterAll(async () => {
  await stage.close();
  await database.drop();
});

beforeEach(async () => {
  sink = await Sink.open();
  organization = await stage.organization();
});

afterEach(async () => {
  await sink.close();
  await stage.database.rows('delete from destination');
});

const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'UserProfileChanged',
    subjects: [`directory_user_${index}`],
  }));

const destination = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
  stage.destination({
    url: sink.url,
    organizationId: organization,
    eventTypes: ['UserProfileChanged'],
    ...more,
  });

/** The router has marked the destination, and its first pump has looked at the log. */
async function commit(count: number, organizationId = organization): Promise<void> {
  await stage.append(organizationId, people(count));
  await route(stage.engine, stage.errands);
}

/** A destination that knows where it stands, as every one does after its first event. */
async function settled(more: Parameters<typeof destination>[0] = {}): Promise<string> {
  const id = await destination(more);
  await pump(stage.engine, id);
  return id;
}

async function told(organizationId: string | null = organization): Promise<PublishedEvent[]> {
  const selection = { after: 0, limit: 100, directoryId: operationsOf(organizationId) };
  return (await stage.engine.log.after(stage.database, selection)).map((entry) =>
    published(recorded(entry))!,
  );
}

describe('a destination that falls behind', () => {
  it('by too many events is told of, with how many and since when, once', async () => {
    const id = await settled();
    await commit(9);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
    await commit(3);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(1);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
    expect(await told()).toMatchObject([
      { event: 'destination.backlog', data: { id, state: 'enabled', since: expect.any(String) } },
    ]);
    expect((await told())[0]!.data['events_behind']).toBeGreaterThanOrEqual(10);
  });

  it('by too long is told of, however few events they are', async () => {
    const id = await settled();
    await commit(1);
    const behindInSeconds = (stage.clock.now().getTime() - Date.now()) / 1_000;
    stage.clock.skip(590 - behindInSeconds);
    expect(await watchBacklogs(stage.engine, byAge)).toBe(0);
    stage.clock.skip(20);
    expect(await watchBacklogs(stage.engine, byAge)).toBe(1);
    expect(await told()).toMatchObject([{ data: { id, events_behind: 1 } }]);
  });

  it('is told of again only after it had caught up at least half of the way', async () => {
    const id = await settled({ delivery: { max_in_flight: 1 } });
    const progress = (left: number): Promise<unknown> =>
      stage.database.rows('update delivery_state set cursor = work_to - $2 where destination_id = $1', [
        id,
        left,
      ]);
    await commit(12);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(1);
    await progress(6);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
    await progress(11);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
    await progress(2);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
    await progress(11);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(1);
    expect(await told()).toHaveLength(2);
  });

  it('is told of once by two processes that look at the same moment', async () => {
    await settled();
    await commit(12);
    const each = await Promise.all([1, 2, 3, 4].map(() => watchBacklogs(stage.engine, threshold)));
    expect(each.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await told()).toHaveLength(1);
  });
});

describe('nobody hears of', () => {
  it('a destination that has nothing to do', async () => {
    const id = await settled();
    await commit(12);
    await pump(stage.engine, id);
    stage.clock.skip(3_600);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
    expect(await watchBacklogs(stage.engine, byAge)).toBe(0);
  });

  it('one that a person has paused', async () => {
    const id = await settled();
    await stage.engine.destinations.change(id, { state: 'paused' });
    await stage.database.rows('update delivery_state set work_to = cursor + 100 where destination_id = $1', [
      id,
    ]);
    await stage.append(organization, people(20));
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
  });

  it('the events of other organizations that lie between', async () => {
    await settled();
    const other = await stage.organization();
    await commit(1);
    await stage.append(other, people(50));
    await commit(1);
    expect(await watchBacklogs(stage.engine, threshold)).toBe(0);
  });
});
