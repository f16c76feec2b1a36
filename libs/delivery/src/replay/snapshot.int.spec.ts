// A consumer who is told a snapshot of any moment, and then what came after it, knows exactly what the directory holds.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  published,
  recorded,
  USUAL_LEAVING_POLICY,
  type LeavingPolicy,
  type PublishedEvent,
} from '@app/directory';
import { headPosition } from '@app/event-log';
import fc from 'fast-check';
import {
  admin,
  freshDatabase,
  plansOf,
  Sink,
  type FreshDatabase,
  type ReceivedRequest,
} from '../../../../test/support/index.js';
import { history, live } from '../../../provisioning/src/testing/history.js';
import { sorted, told, truth } from '../../../provisioning/src/testing/picture.js';
import {
  directory,
  eventsOf,
  stage as openProvisioning,
  type Stage as Provisioning,
} from '../../../provisioning/src/testing/stage.js';
import { beginDelivery } from '../begin.js';
import { protocolsByName, type Protocol } from '../protocol.js';
import { pump } from '../pump.js';
import { route } from '../route.js';
import { note, openStage, type NoteSettings, type Stage } from '../testing/stage.js';
import { lastWords } from './last-words.js';
import { createReplay, findReplay, stopReplay, type Replay } from './replays.js';

jest.setTimeout(240_000);

let database: FreshDatabase;
let stage: Stage;
let play: Provisioning;
let sink: Sink;

/** Tells events as consumers see them. */
const telling: Protocol<NoteSettings> = {
  ...note,
  name: 'told',
  wants: (event) => published(event) !== undefined,
  compose: (event, { settings }) => ({
    method: 'POST',
    url: settings.url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(published(event)),
  }),
};

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  stage.engine.protocols = protocolsByName([telling]);
  play = await openProvisioning(database.url);
});

afterAll(async () => {
  await stage.close();
  await play.close();
  await database.drop();
});

beforeEach(async () => {
  sink = await Sink.open();
});

afterEach(() => sink.close());

const shown = (request: ReceivedRequest): PublishedEvent =>
  JSON.parse(request.body.toString()) as PublishedEvent;
const isSnapshot = (request: ReceivedRequest): boolean => shown(request).context.snapshot === true;

/** A destination that begins with a snapshot of a moment, as if it had been made then. */
async function begin(
  at: number,
  wish: { directoryId?: string; groupIds?: string[] } = {},
): Promise<{ id: string; snapshot: Replay }> {
  const filter = {
    ...(wish.directoryId ? { directory_ids: [wish.directoryId] } : {}),
    ...(wish.groupIds ? { group_ids: wish.groupIds } : {}),
  };
  const id = await stage.destination({ url: sink.url, protocol: 'told', filter });
  await stage.database.rows('delete from delivery_state where destination_id = $1', [id]);
  await beginDelivery(stage.database, id, at);
  const snapshot = await createReplay(
    stage.database,
    {
      destinationId: id,
      kind: 'snapshot',
      selection: { snapshot: true },
      fromPosition: 0,
      toPosition: at,
      maxPerSecond: 10_000,
    },
    stage.clock.now(),
  );
  return { id, snapshot };
}

async function work(id: string): Promise<void> {
  await route(stage.engine, stage.errands);
  for (;;) {
    const report = await pump(stage.engine, id);
    if (report.kind !== 'worked') return;
    const dueIn = report.dueAt && report.dueAt.getTime() - stage.clock.now().getTime();
    if (!report.more && (dueIn === null || dueIn > 1_000)) return;
  }
}

const head = (): Promise<number> => headPosition(stage.database);

describe('a snapshot and what comes after it', () => {
  it('make the picture of a consumer true, after every random history and at every moment of it', async () => {
    const histories = fc.sample(history, { numRuns: 6, seed: 23 });
    const lives = histories.map((rounds, index) => live(play, `past_${index}`, rounds));
    expect((await Promise.all(lives)).flat()).toEqual([]);
    let concealed = 0;
    for (const index of histories.keys()) {
      const directoryId = `past_${index}`;
      const entries = await eventsOf(play, directoryId);
      const really = await truth(play.database, directoryId);
      concealed += really.concealed;
      const moments = fc.sample(fc.nat({ max: entries.length - 1 }), { numRuns: 5, seed: index });
      for (const moment of [...moments, entries.length - 1]) {
        const at = entries[moment]!.position;
        sink.received.length = 0;
        const { id, snapshot } = await begin(at, { directoryId });
        await work(id);
        const requests = sink.received;
        const first = requests.filter(isSnapshot).map(shown);
        // First all of the snapshot, then what came after it and nothing else.
        expect(requests.slice(0, first.length).every(isSnapshot)).toBe(true);
        const tail = requests.slice(first.length).map(shown);
        const after = entries.slice(moment + 1).flatMap((entry) => published(recorded(entry)) ?? []);
        expect(tail.map((event) => event.id).sort()).toEqual(after.map((event) => event.id).sort());
        const before = entries.slice(0, moment + 1).flatMap((entry) => published(recorded(entry)) ?? []);
        const picture = told(first);
        const followed = told(before);
        expect(sorted(picture)).toEqual(sorted(followed));
        // Not older than what was told as it happened; newer where a change has no word for consumers.
        for (const [person, state] of followed.people)
          expect(picture.people.get(person)! >= state).toBe(true);
        expect(new Set(first.map((event) => event.id)).size).toBe(first.length);
        expectFresh(first);
        expect(sorted(told(tail, picture))).toEqual(sorted(really));
        expect(await findReplay(stage.database, snapshot)).toMatchObject({
          state: 'done',
          sent: first.length,
          failed: 0,
        });
        await stage.engine.destinations.remove(id);
      }
    }
    // Histories in which nobody is concealed would prove less.
    expect(concealed).toBeGreaterThan(0);
  });

  const asDeleted: LeavingPolicy = { ...USUAL_LEAVING_POLICY, deactivationsPublishedAs: 'deleted' };

  it('tell of nobody who is concealed or gone, and of those who came back with their groups', async () => {
    const here = directory('house', play.provisioning, asDeleted);
    const [ada, bea, cleo] = await Promise.all([here.create('ada'), here.create('bea'), here.create('cleo')]);
    const { group } = await here.createGroup('all', [ada, bea, cleo]);
    const { group: gone } = await here.createGroup('gone', [ada]);
    await here.change(ada, { active: false });
    await here.change(ada, { active: true, title: 'Countess' });
    await here.change(bea, { active: false });
    await here.remove(cleo);
    await here.removeGroup(gone);
    const { id } = await begin(await head(), { directoryId: 'house' });
    await work(id);
    expect(sink.received.map(shown).map(({ event, data }) => [event, data['id'] ?? null])).toEqual([
      ['dsync.group.created', group.id],
      ['dsync.user.created', ada.id],
      ['dsync.group.user_added', null],
    ]);
    expect(shown(sink.received[1]!).data).toMatchObject({ job_title: 'Countess' });
    expect(shown(sink.received[2]!).data).toMatchObject({
      group: { id: group.id },
      user: { id: ada.id, job_title: 'Countess' },
    });
  });

  it('tell a destination that names groups of who is in them at that moment', async () => {
    const here = directory('clubs', play.provisioning);
    const [ada, bea] = await Promise.all([here.create('ada'), here.create('bea')]);
    const { group: club } = await here.createGroup('club', [ada, bea]);
    await here.createGroup('other', [bea]);
    await here.changeGroup(club, [{ kind: 'remove', ids: [bea.id] }]);
    const { id } = await begin(await head(), { directoryId: 'clubs', groupIds: [club.id] });
    await work(id);
    expect(sink.received.map(shown).map(({ event, data }) => [event, data['id'] ?? null])).toEqual([
      ['dsync.user.created', ada.id],
      ['dsync.group.created', club.id],
      ['dsync.group.user_added', null],
    ]);
  });
});

describe('finding what exists', () => {
  it('reads no more of a long log than what the page is about', async () => {
    const organization = await stage.organization();
    const [first] = await stage.append(
      organization,
      Array.from({ length: 400 }, (_, index) => ({
        type: 'UserCreated',
        subjects: [`directory_user_${index}`],
        data: { user: { id: `directory_user_${index}` } },
      })),
    );
    const groups = await stage.append(
      organization,
      Array.from({ length: 20_000 }, (_, index) => ({
        type: 'MembershipChanged',
        subjects: [`directory_group_${index % 50}`, `directory_user_${Math.floor(index / 50)}`],
        data: { change: 'added', group: {}, member: { type: 'User', user: {} } },
      })),
    );
    const operator = await admin(database.url);
    await operator.rows('analyze event');
    await operator.close();
    const { log } = stage.engine;
    const page = (await log.after(stage.database, { after: first! - 1, limit: 100 })).map(recorded);
    const joined = (await log.after(stage.database, { after: groups[0]! - 1, limit: 100 })).map(recorded);
    const plans = await plansOf(stage.database, (tx) =>
      lastWords({ database: tx as never, log }, [...page, ...joined], groups.at(-1)!),
    );
    // The five look-ups, and the events that they found.
    expect(plans.length).toBe(6);
    expect(plans.filter((plan) => /Seq Scan on event/.test(plan))).toEqual([]);
  });
});

describe('while a snapshot is told', () => {
  it('nothing of what happens meanwhile is told before it ends', async () => {
    const here = directory('busy', play.provisioning);
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, index) => here.create(`person-${index}`)),
    );
    const { id, snapshot } = await begin(await head(), { directoryId: 'busy' });
    stage.engine.limits.sliceInMilliseconds = 40;
    sink.answers({ status: 204, delayInMilliseconds: 10 });
    for (let round = 0; (await findReplay(stage.database, snapshot))!.state === 'running'; round++) {
      await here.change(people[round % 20]!, { title: `changed in round ${round}` });
      await route(stage.engine, stage.errands);
      await pump(stage.engine, id);
    }
    stage.engine.limits.sliceInMilliseconds = 2_000;
    const before = sink.received.length;
    expect(sink.received.filter(isSnapshot).length).toBe(20);
    expect(sink.received.every(isSnapshot)).toBe(true);
    // As it was when it began, whatever happened on the way.
    for (const request of sink.received) expect(shown(request).data['job_title']).toBeNull();
    await work(id);
    expect(sink.received.length).toBeGreaterThan(before);
    expect(sink.received.slice(before).some(isSnapshot)).toBe(false);
  });

  it('what failed of it is tried again as it was then, and held back is only who shares its subject', async () => {
    const here = directory('failing', play.provisioning);
    const [ada, bea] = await Promise.all([here.create('ada'), here.create('bea')]);
    const { group } = await here.createGroup('all', [ada, bea]);
    const { id, snapshot } = await begin(await head(), { directoryId: 'failing' });
    await here.change(ada, { title: 'later' });
    sink.answers((request) => ({ status: shown(request).data['id'] === ada.id ? 500 : 204 }));
    await work(id);
    const names = (): unknown[] => sink.received.map(shown).map(({ data, event }) => data['id'] ?? event);
    expect(names()).toEqual([ada.id, bea.id, group.id]);
    expect(await stage.parked(id)).toMatchObject([
      { state: 'waiting' },
      { state: 'behind' },
      { state: 'behind' },
      { state: 'behind' },
    ]);
    const [first] = sink.received;
    sink.answers({ status: 204 });
    sink.received.length = 0;
    stage.clock.skip(10);
    await work(id);
    const again = sink.received[0]!;
    expect(again.body.equals(first!.body)).toBe(true);
    expect(again.headers['rollcall-replay']).toBe(snapshot.id);
    expect(names().slice(0, 2)).toEqual([ada.id, 'dsync.group.user_added']);
    expect(shown(sink.received[1]!).data['user']).toMatchObject({ id: ada.id, job_title: null });
    // Then the other member, and what happened after the snapshot: nobody waits for a stranger.
    const last = sink.received.slice(2).map(shown);
    expect(last.map(({ event }) => event).sort()).toEqual(['dsync.group.user_added', 'dsync.user.updated']);
    expect(last.find(({ event }) => event === 'dsync.user.updated')!.data['job_title']).toBe('later');
    expect(await stage.parked(id)).toEqual([]);
  });

  it('somebody may stop it: what happened since it began is told then', async () => {
    const here = directory('stopped', play.provisioning);
    const ada = await here.create('ada');
    const { id, snapshot } = await begin(await head(), { directoryId: 'stopped' });
    await here.change(ada, { title: 'later' });
    await stopReplay(stage.database, snapshot.id, stage.clock.now());
    await work(id);
    expect(sink.received.map(shown).map(({ event }) => event)).toEqual(['dsync.user.updated']);
  });

  it('a directory is told of before what is in it, and one that was deleted is not', async () => {
    const organization = await stage.organization();
    const facts = (id: string): Record<string, unknown> => ({
      ...{ id, organizationId: organization, name: 'People', type: 'generic scim v2.0', externalKey: 'key' },
      ...{ created: '2030-01-01T00:00:00.000Z', updated: '2030-01-01T00:00:00.000Z' },
    });
    const id = `directory_of_${organization}`;
    const user = { id: 'directory_user_in_it', attributes: {}, created: '', lastModified: '', version: 1 };
    await stage.append(organization, [
      { type: 'DirectoryActivated', subjects: [id], data: { directory: facts(id) } },
      { type: 'UserCreated', subjects: [user.id], data: { user } },
    ]);
    const alive = await begin(await head(), { directoryId: id });
    await work(alive.id);
    expect(
      sink.received
        .map(shown)
        .map(({ event }) => event)
        .sort(),
    ).toEqual(['dsync.activated', 'dsync.user.created']);
    await stage.engine.destinations.remove(alive.id);
    await stage.append(organization, [
      { type: 'DirectoryDeleted', subjects: [id], data: { directory: facts(id) } },
    ]);
    sink.received.length = 0;
    const dead = await begin(await head(), { directoryId: id });
    await work(dead.id);
    expect(sink.received).toEqual([]);
  });
});

type Thing = { id: string };

/** The person and the group within a membership are as they were told for themselves. */
function expectFresh(events: readonly PublishedEvent[]): void {
  const alone = new Map(
    events.filter(({ data }) => data['id'] !== undefined).map(({ data }) => [data['id'], data]),
  );
  for (const { event, data } of events) {
    if (event !== 'dsync.group.user_added') continue;
    const { user, group } = data as unknown as { user: Thing; group: Thing };
    expect(user).toEqual(alone.get(user.id));
    expect(group).toEqual(alone.get(group.id));
  }
}
