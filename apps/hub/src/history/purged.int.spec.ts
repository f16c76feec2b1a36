// Whoever was purged was to be kept so long and no longer: history says that somebody was there, and not who.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PURGE_REQUEST_ID, USUAL_LEAVING_POLICY, type RecordedEvent, type User } from '@app/directory';
import { accessIntervals, eventsAbout, knownToTheLog } from '@app/history';
import { DeleteUser } from '@app/provisioning';
import { TurnedClock } from '../../../../libs/provisioning/src/testing/history.js';
import {
  directory,
  eventsOf,
  stage,
  type Directory,
  type Stage,
} from '../../../../libs/provisioning/src/testing/stage.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/index.js';
import { remembered } from './testing/witness.js';
import { toldOf } from './told-of-event.js';

const SECRETS = /ada|lovelace|countess|lady|e-1815/i;
const clock = new TurnedClock();
let fresh: FreshDatabase;
let play: Stage;
let people: Directory;
let ada: User;
let team: string;
let present: number;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url, { clock });
  const policy = { ...USUAL_LEAVING_POLICY, onDelete: 'deactivate', purgeAfterDays: 30 } as const;
  people = directory('people', play.provisioning, policy);
  const name = { givenName: 'Ada', familyName: 'Lovelace' };
  ada = await people.create('ada', { name, title: 'Countess', externalId: 'e-1815' });
  const bea = await people.create('bea', { title: 'Clerk' });
  team = (await people.createGroup('Team', [ada, bea])).group.id;
  await people.change(ada, { title: 'Lady' });
  present = (await eventsOf(play, 'people')).at(-1)!.position;
  await people.remove(ada);
});

afterAll(async () => {
  await play.close();
  await fresh.drop();
});

/** With her first: who was made within the same millisecond has an id that may come before hers. */
async function asOfThen() {
  const at = { directoryId: 'people', position: present };
  const { users, memberships } = await remembered(play, at, { limit: 9, order: 'asc' });
  const isHer = (user: unknown): boolean => (user as User).id === ada.id;
  return { memberships, users: [...users.filter(isHer), ...users.filter((user) => !isHer(user))] };
}

async function timelineOf(id: string): Promise<RecordedEvent[]> {
  const known = (await knownToTheLog(play.database, id))!;
  const page = await eventsAbout(play.database, play.log, known, { limit: 20, order: 'asc' });
  return page.data;
}

describe('history of a person', () => {
  it('has all that they were as long as they are kept, though they were deleted', async () => {
    const { users } = await asOfThen();
    expect(users).toMatchObject([{ username: 'ada', idp_id: 'e-1815', job_title: 'Lady' }, {}]);
    expect(JSON.stringify((await timelineOf(ada.id)).map(toldOf))).toMatch(/Countess.*Lady/);
  });
});

describe('history of a person who was purged', () => {
  beforeAll(async () => {
    clock.turn(31);
    await play.provisioning.submit(
      new DeleteUser({ ...people.origin, requestId: PURGE_REQUEST_ID }, ada.id, {}, 'due'),
    );
  });

  it('says that somebody was there and in which groups, without an attribute', async () => {
    const { users, memberships } = await asOfThen();
    expect(users).toMatchObject([
      { id: ada.id, username: null, name: null, email: null, job_title: null, state: 'active' },
      { username: 'bea', job_title: 'Clerk' },
    ]);
    expect(users[0]).toMatchObject({ idp_id: ada.id, raw_attributes: { active: true } });
    expect(JSON.stringify(users)).not.toMatch(SECRETS);
    expect(memberships).toContain(`${team}:${ada.id}`);
  });

  it('says what happened and when, without a value', async () => {
    const events = await timelineOf(ada.id);
    expect(events.map(({ type }) => type)).toEqual([
      'UserCreated',
      'MembershipChanged',
      'UserProfileChanged',
      'UserDeactivated',
      'UserPurgeScheduled',
      'UserDeleted',
    ]);
    const told = events.map(toldOf);
    expect(told[2]!.changes).toEqual([{ attribute: 'title', from: null, to: null }]);
    expect(told[1]!.membership!.member).toEqual({ type: 'user', id: ada.id, name: null });
    expect(JSON.stringify(told)).not.toMatch(SECRETS);
  });

  it('hides them in the history of their groups, and nobody else', async () => {
    const events = (await timelineOf(team)).map(toldOf);
    expect(events.map(({ membership }) => membership?.member.name)).toEqual([undefined, null, 'bea']);
    const filter = { directoryId: 'people', groupId: team, from: 0, to: Number.MAX_SAFE_INTEGER - 1 };
    const access = await accessIntervals(play.database, play.log, filter, { limit: 9, order: 'asc' });
    expect(access.data.map(({ memberId, ended }) => [memberId, ended?.type])).toEqual([
      [ada.id, 'UserDeleted'],
      [expect.any(String), undefined],
    ]);
    expect(JSON.stringify(access.data)).not.toMatch(SECRETS);
  });
});
