/** Nobody is logged out late under a name that is theirs again, though the directory knows them by another id. */
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { emailOf } from '@app/directory';
import type { Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { plansOf } from '../../../test/support/plans.js';
import { findNamesakes, type PersonalName } from './namesakes.js';
import { protocolsByName, type Protocol } from './protocol.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { farewell, type NoteSettings, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

const NAMES = ['externalId', 'userName', 'email'] as const;
const leaver = (name?: PersonalName): Protocol<NoteSettings> => ({
  ...farewell,
  name: name ?? 'id',
  wants: ({ type }) => type === 'UserDeactivated' || type === 'UserDeleted',
  ...(name && { knownBy: () => name }),
});

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

beforeEach(() => {
  stage.engine.protocols = protocolsByName([leaver(), ...NAMES.map(leaver)]);
});

const ADA = { externalId: '00u1ada', userName: 'ada', emails: [{ value: 'ada@example.com' }], active: true };
const own = (id: string): string => `${id}_of_${organization}`;
const happened = (type: string, id: string, attributes: object = ADA): PlainEvent => ({
  type,
  subjects: [own(id)],
  data: { user: { id: own(id), attributes } },
});

/** Ada's leaving fails once; then this happens, and it is time for the next attempt. @returns how many were made, and the row. */
async function tries(
  protocol: string,
  then: PlainEvent[],
  {
    filter = {},
    left = happened('UserDeleted', 'ada'),
    into = organization,
  }: { filter?: object; left?: PlainEvent; into?: string } = {},
): Promise<[attempts: number, state: string | undefined]> {
  const id = await stage.destination({
    ...{ protocol, url: sink.url, organizationId: organization },
    filter: filter as Record<string, unknown>,
  });
  sink.answers({ status: 503 });
  await stage.append(organization, [left]);
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
  await stage.append(into, then);
  stage.clock.skip(3_600);
  await pump(stage.engine, id);
  return [sink.received.length, (await stage.parked(id))[0]?.state];
}

const DROPPED = [1, 'superseded'];
const TRIED_AGAIN = [2, 'waiting'];

describe('a late leaving of somebody who was deleted and made again', () => {
  it.each(NAMES)('is dropped where the application knows people by %s', async (name) => {
    expect(await tries(name, [happened('UserCreated', 'ada-2')])).toEqual(DROPPED);
  });

  it('is told where it knows them by the id: that one is gone for good', async () => {
    expect(await tries('id', [happened('UserCreated', 'ada-2')])).toEqual(TRIED_AGAIN);
  });

  it.each(NAMES)('is told where the %s is another one', async (name) => {
    const emails = [{ value: 'other@example.com', primary: true }, { value: 'ada@example.com' }];
    const other = { ...ADA, [name === 'email' ? 'emails' : name]: name === 'email' ? emails : 'other' };
    expect(await tries(name, [happened('UserCreated', 'ada-2', other)])).toEqual(TRIED_AGAIN);
  });

  it.each(NAMES)('is told where nobody has a %s', async (name) => {
    const nameless = { displayName: 'Ada' };
    const left = happened('UserDeleted', 'ada', nameless);
    expect(await tries(name, [happened('UserCreated', 'ada-2', nameless)], { left })).toEqual(TRIED_AGAIN);
  });

  it('is told while the one who came is inactive, and dropped once they are active', async () => {
    const inactive = happened('UserCreated', 'ada-2', { ...ADA, active: false });
    expect(await tries('userName', [inactive])).toEqual(TRIED_AGAIN);
    sink.received.splice(0);
    const active = happened('UserReactivated', 'ada-2');
    expect(await tries('userName', [inactive, active])).toEqual(DROPPED);
  });

  it('is told where they came to another directory', async () => {
    const into = await stage.organization();
    expect(await tries('userName', [happened('UserCreated', 'ada-2')], { into })).toEqual(TRIED_AGAIN);
  });

  it('is told where they came before: the leaving is the last word', async () => {
    await stage.append(organization, [happened('UserCreated', 'ada-2')]);
    const bob = { ...ADA, emails: [{ value: 'bob@example.com' }] };
    expect(await tries('email', [happened('UserCreated', 'bob', bob)])).toEqual(TRIED_AGAIN);
  });

  it('is dropped whatever the capitals of a user name or an address, which an externalId is not', async () => {
    const loud = { externalId: '00U1ADA', userName: 'ADA', emails: [{ value: 'ADA@example.com' }] };
    const outcomes: unknown[] = [];
    for (const name of NAMES) {
      sink.received.splice(0);
      outcomes.push(await tries(name, [happened('UserCreated', `${name}-2`, loud)]));
    }
    expect(outcomes).toEqual([TRIED_AGAIN, DROPPED, DROPPED]);
  });

  it('is told while they are in none of the groups that grant access, and dropped once they are', async () => {
    const filter = { group_ids: [own('staff')] };
    const member = (id: string): PlainEvent => ({
      ...{ type: 'MembershipChanged', subjects: [own('staff'), own(id)], data: { change: 'added' } },
    });
    await stage.append(organization, [member('ada')]);
    const back = happened('UserCreated', 'ada-2');
    expect(await tries('userName', [back], { filter })).toEqual(TRIED_AGAIN);
    sink.received.splice(0);
    expect(await tries('userName', [back, member('ada-2')], { filter })).toEqual(DROPPED);
  });

  it('says to the operator who came', async () => {
    await tries('userName', [happened('UserCreated', 'ada-2')]);
    const [row] = await stage.database.rows<{ last_outcome: object }>(
      'select last_outcome from parked_delivery order by position desc limit 1',
    );
    expect(JSON.stringify(row)).toMatch(
      /UserCreated at position \d+ came later, of somebody with the same userName/,
    );
  });
});

describe('the address that names a person', () => {
  it.each<[string, unknown]>([
    ['the primary one', [{ value: 'a@x' }, { value: 'b@x', primary: true }]],
    ['that of work', [{ value: 'a@x', type: 'home' }, { value: 'b@x', type: 'work' }, { value: 'c@x' }]],
    [
      'that of home',
      [
        { value: 'a@x', type: 'other' },
        { value: 'b@x', type: 'home' },
      ],
    ],
    ['the first one', [{ value: 7 }, 'c@x', { type: 'work' }, { value: 'a@x' }, { value: 'b@x' }]],
    ['none, of what is no list', { value: 'a@x' }],
    ['none, of an empty list', []],
  ])('is %s, to the database as to the protocols', async (_which, emails) => {
    const expected = emailOf({ emails } as never);
    const [left] = await stage.append(organization, [
      happened('UserDeleted', 'ada', { emails }),
      ...['a@x', 'b@x', 'c@x'].map((value) => happened('UserCreated', value, { emails: [{ value }] })),
    ]);
    const leaving = { position: left } as never;
    const found = await findNamesakes(stage.database, [leaving], { name: 'email' });
    const place = expected === null ? undefined : left! + 1 + ['a@x', 'b@x', 'c@x'].indexOf(expected);
    expect(found.get(leaving)?.position).toBe(place);
  });
});

describe('looking for namesakes', () => {
  it('reads of the log only those who came to the directory since, in one statement', async () => {
    const [left] = await stage.append(organization, [happened('UserDeleted', 'ada')]);
    const plans = await plansOf(stage.database, async (tx) => {
      await tx.rows('set local enable_seqscan = off');
      await findNamesakes(tx, [{ position: left } as never], { name: 'email' });
    });
    expect(plans).toHaveLength(1);
    expect(plans[0]).toContain('people_who_came_to_a_directory');
    expect(plans[0]).not.toContain('Seq Scan on event');
  });
});
