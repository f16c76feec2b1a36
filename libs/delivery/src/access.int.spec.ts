/** Who loses access through the groups that grant it, and who gets it back, as an application hears of it that ends sessions. */
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { reorderDelivery } from './begin.js';
import { isAboutPeople } from './order.js';
import { protocolsByName, type Protocol } from './protocol.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { farewell, type NoteSettings, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

/** Tells who leaves and who returns, also through groups. */
const doorkeeper: Protocol<NoteSettings> = {
  ...farewell,
  name: 'doorkeeper',
  endsAccess: true,
  wants: ({ type }) => ['UserDeactivated', 'UserReactivated', 'MembershipChanged'].includes(type),
  receipted: ({ type, data }) =>
    type === 'UserDeactivated' || (type === 'MembershipChanged' && data.change === 'removed'),
  supersededBy: ({ type, data }) =>
    type === 'UserReactivated' || (type === 'MembershipChanged' && data.change === 'added')
      ? ['UserDeactivated', 'UserDeleted']
      : type === 'UserDeactivated'
        ? ['UserReactivated']
        : [],
};

let stage: Stage;
let sink: Sink;
let organization: string;
let id: string;

onStage((set) => ({ stage, sink, organization } = set));

beforeEach(async () => {
  stage.engine.protocols = protocolsByName([doorkeeper]);
  id = await stage.destination({
    protocol: 'doorkeeper',
    url: sink.url,
    organizationId: organization,
    filter: { group_ids: [own('staff'), own('admins')] },
  });
});

const own = (name: string): string => `${name}_of_${organization}`;
const member = (change: 'added' | 'removed', group: string, name = 'ada'): PlainEvent => ({
  type: 'MembershipChanged',
  subjects: [own(group), own(name)],
  data: { change },
});
const person = (type: string, name = 'ada'): PlainEvent => ({ type, subjects: [own(name)] });
const deleted = (group: string): PlainEvent => ({ type: 'GroupDeleted', subjects: [own(group)] });

async function work(): Promise<void> {
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
}

const told = (): number[] =>
  sink.received.map(({ body }) => (JSON.parse(body.toString()) as { position: number }).position);

const states = async (): Promise<string[]> =>
  (await stage.parked(id)).map(({ position, state }) => `${position} ${state}`);

const receipts = (): Promise<{ person: string; state: string }[]> =>
  stage.database.rows(
    'select person_id as person, state from revocation_receipt where organization_id = $1 order by position',
    [organization],
  );

/** @returns the places, in what was appended, of the events that are told. */
async function heard(events: PlainEvent[]): Promise<number[]> {
  const positions: number[] = [];
  for (const event of events) {
    positions.push(...(await stage.append(organization, [event])));
    await work();
  }
  return told().map((position) => positions.indexOf(position));
}

describe('somebody who is in a granting group again', () => {
  it('has come back, if they had left the last one', async () => {
    expect(
      await heard([member('added', 'staff'), member('removed', 'staff'), member('added', 'admins')]),
    ).toEqual([1, 2]);
    // There is nothing to confirm of a return.
    expect(await receipts()).toEqual([{ person: own('ada'), state: 'acknowledged' }]);
  });

  it('has not come back when they were never gone: neither at first, nor into a second group', async () => {
    expect(await heard([member('added', 'staff'), member('added', 'admins')])).toEqual([]);
    expect(await heard([member('removed', 'staff'), member('added', 'staff')])).toEqual([]);
  });

  it('has not come back through a group that grants nothing', async () => {
    const events = [member('added', 'staff'), member('removed', 'staff'), member('added', 'canteen')];
    expect(await heard(events)).toEqual([1]);
  });

  it('is told of no more when they are out again, and that waits for nothing', async () => {
    await heard([member('added', 'staff'), member('removed', 'staff')]);
    sink.answers({ status: 503 });
    const [returned] = await stage.append(organization, [member('added', 'admins')]);
    await work();
    expect(await states()).toEqual([`${returned} waiting`]);
    sink.answers({ status: 204 });
    const [gone] = await stage.append(organization, [member('removed', 'admins')]);
    await work();
    expect(told().slice(-2)).toEqual([returned, gone]);
    expect(await states()).toEqual([`${returned} superseded`]);
    expect(await receipts()).toEqual([
      { person: own('ada'), state: 'acknowledged' },
      { person: own('ada'), state: 'acknowledged' },
    ]);
  });

  it.each(['UserDeactivated', 'a way out of the last group'])(
    'whose return could not be told yet is told of no more after %s',
    async (what) => {
      await heard([member('added', 'staff'), member('removed', 'staff'), member('added', 'staff')]);
      await stage.append(organization, [person('UserDeactivated')]);
      await work();
      sink.answers({ status: 503 });
      const [returned] = await stage.append(organization, [person('UserReactivated')]);
      await work();
      sink.answers({ status: 204 });
      const leaving = what === 'UserDeactivated' ? person(what) : member('removed', 'staff');
      const [gone] = await stage.append(organization, [leaving]);
      await work();
      expect(told().slice(-2)).toEqual([returned, gone]);
      expect(await states()).toEqual([`${returned} superseded`]);
    },
  );

  it('ends what waits of their way out, and hears of the return at once', async () => {
    await heard([member('added', 'staff')]);
    sink.answers({ status: 503 });
    const [gone] = await stage.append(organization, [member('removed', 'staff')]);
    await work();
    sink.answers({ status: 204 });
    const [returned] = await stage.append(organization, [member('added', 'staff')]);
    await work();
    expect(told()).toEqual([gone, returned]);
    expect(await receipts()).toEqual([{ person: own('ada'), state: 'superseded' }]);
  });
});

describe('a group that is deleted', () => {
  const many = Array.from({ length: 1_200 }, (_, index) => `person-${index}`);
  const emptied = (group: string, names: string[]): PlainEvent[] => [
    ...names.map((name) => member('removed', group, name)),
    deleted(group),
  ];

  it('takes the access of everybody who was in it and in no other, a page at a time', async () => {
    const kept = many.slice(0, 10);
    await stage.append(organization, [
      ...many.map((name) => member('added', 'staff', name)),
      ...kept.map((name) => member('added', 'admins', name)),
    ]);
    await work();
    const positions = await stage.append(organization, emptied('staff', many));
    const pages: number[] = [];
    const log = Object.create(stage.engine.log) as Stage['engine']['log'];
    log.page = async (...asked) => {
      const page = await stage.engine.log.page(...asked);
      pages.push(page.entries.length);
      return page;
    };
    await route(stage.engine, stage.errands);
    for (let turn = 0; turn < 20 && told().length < many.length - kept.length; turn++)
      await pump({ ...stage.engine, log }, id);
    expect([...told()].sort((a, b) => a - b)).toEqual(positions.slice(kept.length, many.length));
    expect(Math.max(...pages)).toBeLessThanOrEqual(stage.engine.limits.batch);
    const kinds = (await receipts()).map(({ state }) => state);
    expect(kinds).toEqual(Array(many.length - kept.length).fill('acknowledged'));
  });

  it('and one of them whom the application will not log out holds up none of the others', async () => {
    const few = many.slice(0, 20);
    await stage.append(
      organization,
      few.map((name) => member('added', 'staff', name)),
    );
    const positions = await stage.append(organization, emptied('staff', few));
    sink.answers(({ body }) => ({
      status: body.toString().includes(`"${own('person-0')}"`) ? 422 : 204,
    }));
    await work();
    expect(new Set(told())).toEqual(new Set(positions.slice(0, few.length)));
    expect(await states()).toEqual([`${positions[0]} waiting`]);
  });
});

describe('another order for what is unfinished', () => {
  it('holds the person alone, since the group means nothing to the application', async () => {
    await stage.append(organization, [member('added', 'staff')]);
    sink.answers({ status: 503 });
    await stage.append(organization, [member('removed', 'staff')]);
    await work();
    await stage.database.transaction((tx) =>
      reorderDelivery(tx, id, { ordering: 'directory', now: stage.clock.now() }),
    );
    const aboutPeople = isAboutPeople(doorkeeper);
    await stage.database.transaction((tx) =>
      reorderDelivery(tx, id, { ordering: 'subject', aboutPeople, now: stage.clock.now() }),
    );
    const [row] = await stage.database.rows<{ subjects: string[] }>(
      'select subjects from parked_delivery where destination_id = $1',
      [id],
    );
    expect(row!.subjects).toEqual([own('ada')]);
  });
});
