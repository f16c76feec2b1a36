// A consumer who applies the published events one after the other, and nothing else, has a true picture of a directory.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  published,
  recorded,
  USUAL_LEAVING_POLICY,
  type LeavingPolicy,
  type PublishedEvent,
} from '@app/directory';
import fc from 'fast-check';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { history, live } from './testing/history.js';
import { sorted, told, truth } from './testing/picture.js';
import { directory, eventsOf, stage, typesOf, type Stage } from './testing/stage.js';

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

async function publishedEvents(directoryId: string): Promise<PublishedEvent[]> {
  return (await eventsOf(play, directoryId)).flatMap((entry) => published(recorded(entry)) ?? []);
}

describe('the picture of a consumer', () => {
  it('is true after every random history, also when what is published changes on the way', async () => {
    let concealed = 0;
    let restated = 0;
    const histories = fc.sample(history, { numRuns: 12, seed: 11 });
    const lives = histories.map((rounds, index) => live(play, `history_${index}`, rounds));
    expect((await Promise.all(lives)).flat()).toEqual([]);
    for (const index of histories.keys()) {
      const id = `history_${index}`;
      const really = await truth(play.database, id);
      concealed += really.concealed;
      restated += (await typesOf(play, id)).filter((type) => type === 'MembershipRestated').length;
      expect(sorted(told(await publishedEvents(id)))).toEqual(sorted(really));
    }
    // Histories in which nobody is concealed or comes back would prove nothing.
    expect(concealed).toBeGreaterThan(5);
    expect(restated).toBeGreaterThan(5);
  }, 30_000);

  const asDeleted: LeavingPolicy = { ...USUAL_LEAVING_POLICY, deactivationsPublishedAs: 'deleted' };

  it('loses a person who leaves, and gets them back with every group that they are in by then', async () => {
    const here = directory('comes back', play.provisioning, asDeleted);
    const [ada, bea] = await Promise.all([here.create('ada'), here.create('bea')]);
    const { group: kept } = await here.createGroup('kept', [ada, bea]);
    const { group: left } = await here.createGroup('left', [ada]);
    const { group: joined } = await here.createGroup('joined', []);
    const before = (await publishedEvents(here.id)).length;
    await here.change(ada, { active: false });
    await here.change(ada, { title: 'Countess' });
    await here.changeGroup(left, [{ kind: 'remove', ids: [ada.id] }]);
    await here.changeGroup(joined, [{ kind: 'add', ids: [ada.id] }]);
    const back = await here.change(ada, { active: true, title: 'Lady' });
    const news = (await publishedEvents(here.id)).slice(before);
    expect(news.map(({ event, context }) => [event, context.cause])).toEqual([
      ['dsync.user.deleted', 'UserDeactivated'],
      ['dsync.user.created', 'UserReactivated'],
      ['dsync.user.updated', 'UserProfileChanged'],
      ['dsync.group.user_added', 'MembershipRestated'],
      ['dsync.group.user_added', 'MembershipRestated'],
    ]);
    const groups = [kept.id, joined.id].sort();
    expect(news.slice(3).map(({ data }) => (data['group'] as { id: string }).id)).toEqual(groups);
    expect(news[3]!.data['user']).toMatchObject({
      id: ada.id,
      job_title: 'Lady',
      updated_at: back.lastModified,
    });
    // The group itself did not change: its version stays.
    const [row] = await play.database.rows<{ version: number }>(
      'select version from scim_group where id = $1',
      [kept.id],
    );
    expect(row).toEqual({ version: kept.version });
  });

  it('is the same when leaving and coming back share a transaction', async () => {
    const here = directory('in one go', play.provisioning, asDeleted);
    const ada = await here.create('ada');
    const { group } = await here.createGroup('g', [ada]);
    await Promise.all([here.change(ada, { active: false }), here.change(ada, { active: true })]);
    expect((await publishedEvents(here.id)).slice(-3).map(({ event }) => event)).toEqual([
      'dsync.user.deleted',
      'dsync.user.created',
      'dsync.group.user_added',
    ]);
    expect(told(await publishedEvents(here.id)).memberships).toEqual(new Set([`${group.id} ${ada.id}`]));
  });

  it('never holds a person who was inactive from the beginning, until they start', async () => {
    const here = directory('starts later', play.provisioning, asDeleted);
    const ada = await here.create('ada', { active: false });
    expect(await publishedEvents(here.id)).toEqual([]);
    await here.change(ada, { active: true });
    expect((await publishedEvents(here.id)).map(({ event }) => event)).toEqual(['dsync.user.created']);
  });

  it('keeps whoever left while deactivations were updates, also when that changes', async () => {
    const before = directory('switched', play.provisioning);
    const ada = await before.create('ada');
    await before.change(ada, { active: false });
    const after = directory('switched', play.provisioning, asDeleted);
    await after.change(ada, { title: 'Countess' });
    await after.remove(ada);
    expect((await publishedEvents('switched')).map(({ event }) => event)).toEqual([
      'dsync.user.created',
      'dsync.user.updated',
      'dsync.user.updated',
      'dsync.user.deleted',
    ]);
  });
});
