import { describe, expect, it, jest } from '@jest/globals';
import { plansOf, type Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { forAudience } from './audience.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { renamed } from './testing/events.js';
import { type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

/** Ids are unique in the whole log. */
const own = (name: string): string => `${name}_of_${organization}`;
const person = (name: string, type = 'UserProfileChanged'): PlainEvent => ({ type, subjects: [own(name)] });
const group = (name: string, type = 'GroupChanged'): PlainEvent => ({ type, subjects: [own(name)] });
const member = (change: 'added' | 'removed', groupName: string, name: string): PlainEvent => ({
  type: 'MembershipChanged',
  subjects: [own(groupName), own(name)],
  data: { change },
});

/** @returns the places, in what was appended, of the events that arrive. */
async function heard(groupIds: string[], events: PlainEvent[]): Promise<number[]> {
  const id = await stage.destination({
    url: sink.url,
    organizationId: organization,
    filter: { group_ids: groupIds.map((name) => (name === '*' ? name : own(name))) },
    delivery: { ordering: 'directory' },
  });
  const appended = await stage.append(organization, events);
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
  return sink.received
    .map((request) => (JSON.parse(request.body.toString()) as { position: number }).position)
    .map((position) => appended.indexOf(position));
}

describe('a destination that names groups', () => {
  it('hears of people while they are in one of them', async () => {
    const events = [
      person('ada'),
      member('added', 'staff', 'ada'),
      person('ada'),
      person('ben'),
      member('removed', 'staff', 'ada'),
      person('ada'),
      member('added', 'staff', 'ada'),
      person('ada', 'UserDeleted'),
    ];
    expect(await heard(['staff'], events)).toEqual([1, 2, 4, 6, 7]);
  });

  it('hears of those groups and not of others', async () => {
    const events = [
      group('staff', 'GroupCreated'),
      group('other', 'GroupCreated'),
      member('added', 'other', 'ada'),
      person('ada'),
      group('staff'),
    ];
    expect(await heard(['staff'], events)).toEqual([0, 4]);
  });

  it('hears of nobody of a group that was deleted', async () => {
    const events = [member('added', 'staff', 'ada'), group('staff', 'GroupDeleted'), person('ada')];
    expect(await heard(['staff'], events)).toEqual([0, 1]);
  });

  it('asks for the time of the event and not for today', async () => {
    const id = await stage.destination({
      url: sink.url,
      organizationId: organization,
      filter: { group_ids: [own('staff')] },
    });
    const [, while_] = await stage.append(organization, [
      member('added', 'staff', 'ada'),
      person('ada'),
      member('removed', 'staff', 'ada'),
    ]);
    const [after] = await stage.append(organization, [person('ada')]);
    await route(stage.engine, stage.errands);
    await pump(stage.engine, id);
    const positions = sink.received.map(
      (request) => (JSON.parse(request.body.toString()) as { position: number }).position,
    );
    expect(positions).toContain(while_);
    expect(positions).not.toContain(after);
  });

  it('hears that a directory is gone', async () => {
    expect(
      await heard(['staff'], [person('ada'), { type: 'DirectoryDeleted', subjects: ['directory_1'] }]),
    ).toEqual([1]);
  });

  it('hears of its organization, where it asks for that at all', async () => {
    const updated: PlainEvent = { type: 'OrganizationUpdated', subjects: [organization] };
    expect(await heard(['staff'], [person('ada'), updated])).toEqual([1]);
  });

  it('hears of everybody when it says so', async () => {
    expect(await heard(['*'], [person('ada'), person('ben')])).toEqual([0, 1]);
  });
});

describe('looking up who was where', () => {
  it('reads the memberships of the people in question, by an index', async () => {
    const people = ['ada', 'ben'].map((name, index) => ({
      ...renamed,
      position: 1_000 + index,
      subjects: [own(name)],
    }));
    await stage.append(organization, Array<PlainEvent>(5_000).fill(person('somebody')));
    await stage.database.rows('analyze event');
    const plans = await plansOf(stage.database, (tx) => forAudience(tx, people, ['staff']));
    expect(plans).toHaveLength(1);
    expect(plans[0]).not.toContain('Seq Scan');
  });
});
