/** Whoever sends a command can learn which events it made. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { ChangeUser, CreateGroup, CreateUser, type EventRun, type Origin, type Write } from './commands.js';
import { eventsOf, stage, type Stage } from './testing/stage.js';

let fresh: FreshDatabase;
let play: Stage;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url);
});
afterAll(async () => {
  await play.close();
  await fresh.drop();
});

/** A request of a directory, and what it is told. */
function request(directoryId: string, requestId: string): { origin: Origin; told: EventRun[] } {
  const told: EventRun[] = [];
  const directory = { id: directoryId, organizationId: 'org_1' };
  return { origin: { directory, requestId, recorded: (run) => void told.push(run) }, told };
}

const submit = <T>(write: Write): Promise<T> => play.provisioning.submit(write) as Promise<T>;

/** The ids of the events that were told, made of nothing but what was told. */
function idsOf(told: EventRun[]): string[] {
  return told.flatMap(({ first, last, occurredAt }) =>
    Array.from({ length: last - first + 1 }, (_, index) =>
      play.log.idOf(first + index, new Date(occurredAt)),
    ),
  );
}

async function inLog(directoryId: string, requestId: string): Promise<string[]> {
  const events = await eventsOf(play, directoryId);
  return events.filter((event) => event.requestId === requestId).map(({ id }) => id);
}

describe('a command', () => {
  it('that shares its transaction is told of its own events, before it is answered', async () => {
    const requests = Array.from({ length: 30 }, (_, index) => request(`shared_${index % 3}`, `r-${index}`));
    const toldWhenAnswered = await Promise.all(
      requests.map(async ({ origin, told }) => {
        await submit(new CreateUser(origin, { userName: origin.requestId, active: true }));
        return told.length;
      }),
    );
    expect(toldWhenAnswered).toEqual(requests.map(() => 1));
    for (const { origin, told } of requests)
      expect(idsOf(told)).toEqual(await inLog(origin.directory.id, origin.requestId));
  });

  it('that makes several events is told of all of them', async () => {
    const { origin, told } = request('several', 'r-1');
    const user = await submit<{ id: string }>(new CreateUser(origin, { userName: 'ada', active: true }));
    const desire = (): object => ({ userName: 'ada', title: 'Countess', active: false });
    const [later, neighbour] = [request('several', 'r-2'), request('neighbour', 'r-2')];
    await Promise.all([
      submit(new CreateUser(neighbour.origin, { userName: 'ada', active: true })),
      submit(new ChangeUser(later.origin, user.id, desire as ChangeUser['desire'])),
    ]);
    expect(idsOf(later.told)).toEqual(await inLog('several', 'r-2'));
    expect(idsOf(later.told).length).toBeGreaterThan(1);
    expect(idsOf(told)).toHaveLength(1);
  });

  it('that makes so many that they are staged is told of them too', async () => {
    const people = request('many', 'people');
    const created = await Promise.all(
      Array.from({ length: 600 }, (_, index) =>
        submit<{ id: string }>(new CreateUser(people.origin, { userName: `p-${index}`, active: true })),
      ),
    );
    const group = request('many', 'group');
    await submit(
      new CreateGroup(
        group.origin,
        { displayName: 'All' },
        created.map(({ id }) => id),
      ),
    );
    expect(group.told).toHaveLength(1);
    expect(idsOf(group.told)).toEqual(await inLog('many', 'group'));
    expect(idsOf(group.told)).toHaveLength(601);
    // Many commands of one request are told one after the other.
    expect(idsOf(people.told).sort()).toEqual((await inLog('many', 'people')).sort());
  });

  it('that is refused, or changes nothing, is told nothing', async () => {
    const made = request('quiet', 'made');
    const user = await submit<{ id: string }>(new CreateUser(made.origin, { userName: 'ada', active: true }));
    const quiet = request('quiet', 'quiet');
    const outcomes = await Promise.allSettled([
      submit(new ChangeUser(quiet.origin, user.id, (current) => current)),
      submit(new CreateUser(quiet.origin, { userName: 'ADA', active: true })),
      submit(new CreateUser(made.origin, { userName: 'bea', active: true })),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(quiet.told).toEqual([]);
    expect(idsOf(made.told)).toEqual(await inLog('quiet', 'made'));
  });
});
