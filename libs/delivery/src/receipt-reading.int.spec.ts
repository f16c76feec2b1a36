import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { admin, freshDatabase, plansOf, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { watchRevocations } from './overdue.js';
import { pump } from './pump.js';
import { listReceipts, type Receipted, type ReceiptFilter } from './receipt-reading.js';
import { route } from './route.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

const TYPES = ['UserDeactivated', 'UserDeleted', 'MembershipChanged'];

let fresh: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  stage = await openStage(fresh.url);
});
afterAll(async () => {
  await stage.close();
  await fresh.drop();
});
beforeEach(async () => {
  sink = await Sink.open();
  organization = await stage.organization();
});
afterEach(() => sink.close());

const leaving = (name: string): PlainEvent => ({
  type: 'UserDeactivated',
  subjects: [`${name}_of_${organization}`],
});
const app = (path = ''): Promise<string> =>
  stage.destination({ protocol: 'farewell', url: `${sink.url}${path}`, organizationId: organization });

async function left(names: string[], apps: string[]): Promise<number[]> {
  const positions = await stage.append(organization, names.map(leaving));
  await route(stage.engine, stage.errands);
  for (const id of apps) await pump(stage.engine, id);
  return positions;
}

const read = async (filter: Partial<ReceiptFilter> = {}, limit = 10): Promise<Receipted[]> =>
  (
    await listReceipts(
      stage.database,
      stage.engine.log,
      { eventTypes: TYPES, organizationId: organization, ...filter },
      { limit, order: 'desc' },
    )
  ).data;
const positionsOf = async (filter: Partial<ReceiptFilter>): Promise<number[]> =>
  (await read(filter)).map(({ position }) => position);

describe('the receipts of an event', () => {
  it('are read side by side: what each application was asked, and what it has confirmed', async () => {
    sink.answers(({ path }) => ({ status: path === '/down' ? 503 : 204 }));
    const apps = [await app('/up'), await app('/down')];
    const [position] = await left(['ada'], apps);
    const [found] = await read();
    const [entry] = await stage.engine.log.at(stage.database, [position!]);
    expect(found).toMatchObject({
      id: entry!.id,
      position,
      eventType: 'UserDeactivated',
      organizationId: organization,
      personId: `ada_of_${organization}`,
      occurredAt: new Date(entry!.occurredAt),
    });
    const byDestination = new Map(found!.receipts.map((receipt) => [receipt.destinationId, receipt]));
    expect(byDestination.get(apps[0]!)).toMatchObject({
      ...{
        state: 'acknowledged',
        protocol: 'farewell',
        endpoint: `${sink.url}/up`,
        attempts: 1,
        status: 204,
      },
      acknowledgedAt: expect.any(Date),
    });
    expect(byDestination.get(apps[1]!)).toMatchObject({
      ...{ state: 'requested', attempts: 1, status: 503, acknowledgedAt: null },
      ...{ firstAttemptAt: expect.any(Date), requestedAt: expect.any(Date) },
    });
  });

  it('are found by person, directory, destination, state, type of event and time', async () => {
    sink.answers(({ body }) => ({ status: body.toString().includes('zoe') ? 503 : 204 }));
    const id = await app();
    const [ada, zoe] = await left(['ada', 'zoe'], [id]);
    expect(await positionsOf({})).toEqual([zoe, ada]);
    expect(await positionsOf({ personId: `ada_of_${organization}` })).toEqual([ada]);
    expect(await positionsOf({ directoryId: `directory_of_${organization}` })).toEqual([zoe, ada]);
    expect(await positionsOf({ directoryId: 'another' })).toEqual([]);
    expect(await positionsOf({ destinationId: id })).toEqual([zoe, ada]);
    expect(await positionsOf({ destinationId: 'another' })).toEqual([]);
    expect(await positionsOf({ state: 'acknowledged' })).toEqual([ada]);
    expect(await positionsOf({ state: 'requested' })).toEqual([zoe]);
    expect(await positionsOf({ state: 'failed' })).toEqual([]);
    expect(await positionsOf({ eventTypes: ['UserDeleted'] })).toEqual([]);
    const [{ occurredAt }] = (await read()) as [Receipted];
    const later = new Date(occurredAt.getTime() + 1);
    expect(await positionsOf({ occurredFrom: occurredAt, occurredBefore: later })).toEqual([zoe, ada]);
    expect(await positionsOf({ occurredBefore: occurredAt })).toEqual([]);
    expect(await positionsOf({ occurredFrom: later })).toEqual([]);
  });

  it('come in pages, each event once, in both orders and both directions', async () => {
    const apps = [await app(), await app(), await app()];
    const positions = await left(['a', 'b', 'c', 'd', 'e'], apps);
    for (const order of ['asc', 'desc'] as const) {
      const page = (cursors: { after?: string; before?: string }) =>
        listReceipts(
          stage.database,
          stage.engine.log,
          { eventTypes: TYPES, organizationId: organization },
          { limit: 2, order, ...cursors },
        );
      const first = await page({});
      const second = await page({ after: first.after! });
      const third = await page({ after: second.after! });
      const all = [first, second, third].flatMap(({ data }) => data);
      expect(all.map(({ position }) => position)).toEqual(
        order === 'asc' ? positions : [...positions].reverse(),
      );
      expect(all.map(({ receipts }) => receipts.length)).toEqual([3, 3, 3, 3, 3]);
      expect([first.before, third.after]).toEqual([null, null]);
      expect((await page({ before: third.before! })).data).toEqual(second.data);
    }
  });

  it('of a destination that was deleted before it had confirmed have failed, and say so', async () => {
    sink.answers({ status: 503 });
    const id = await app();
    const [position] = await left(['ada'], [id]);
    await stage.database.rows('delete from destination where id = $1', [id]);
    expect(await positionsOf({ state: 'requested' })).toEqual([]);
    expect(await positionsOf({ state: 'failed' })).toEqual([position]);
    expect((await read())[0]!.receipts).toMatchObject([
      { state: 'failed', attempts: 1, reason: 'the destination was deleted before it had confirmed' },
    ]);
  });

  it('are those of memberships only where one ended', async () => {
    const positions = await stage.append(
      organization,
      (['added', 'removed'] as const).map((change) => ({
        type: 'MembershipChanged',
        subjects: ['staff', 'ada'],
        data: { change },
      })),
    );
    await stage.database.rows(
      `insert into revocation_receipt (position, destination_id, organization_id, directory_id, person_id, event_type,
                                       occurred_at, protocol, endpoint, requested_at)
       select p, 'd', $2, 'directory', 'ada', 'MembershipChanged', now(), 'farewell', 'https://app', now()
         from unnest($1::bigint[]) p`,
      [positions, organization],
    );
    expect(await positionsOf({})).toEqual([positions[1]]);
  });
});

describe('among very many receipts', () => {
  beforeAll(async () => {
    const server = await admin(fresh.url);
    await server.rows(
      `insert into revocation_receipt (position, destination_id, organization_id, directory_id, person_id, event_type,
                                       occurred_at, protocol, endpoint, requested_at, state)
       select 1000000 + n / 2, 'destination_' || n % 40, 'org_' || n % 20, 'directory_' || n % 20, 'person_' || n / 10,
              'UserDeactivated', now(), 'farewell', 'https://app', now(),
              case when n % 5000 = 0 then 'failed' when n % 5000 = 1 then 'requested' else 'acknowledged' end
         from generate_series(1, 40000) n`,
    );
    await server.rows('analyze revocation_receipt');
    await server.close();
  });

  const anywhere = { organizationId: undefined };
  it.each<[string, Partial<ReceiptFilter>]>([
    ['the newest', anywhere],
    ['those of an organization', { organizationId: 'org_3' }],
    ['those of a person', { ...anywhere, personId: 'person_7' }],
    ['those at a destination', { ...anywhere, destinationId: 'destination_7' }],
    ['those that are open', { ...anywhere, state: 'requested' }],
    ['those that failed', { ...anywhere, state: 'failed' }],
    ['those of a period', { ...anywhere, occurredFrom: new Date(0), occurredBefore: new Date() }],
  ])('%s are found without reading them all', async (_, filter) => {
    const plans = await plansOf(stage.database, (tx) =>
      listReceipts(tx, stage.engine.log, { eventTypes: TYPES, ...filter }, { limit: 10, order: 'desc' }),
    );
    expect(plans.length).toBeGreaterThan(1);
    expect(plans.join('\n')).not.toMatch(/Seq Scan on revocation_receipt/);
  });

  it('those that take too long are found without reading them all', async () => {
    const plans = await plansOf(stage.database, (tx) => {
      const database = { rows: tx.rows } as typeof stage.engine.database;
      const causes = Object.fromEntries(TYPES.map((type) => [type, 'any']));
      return watchRevocations({ ...stage.engine, database }, { seconds: 300, causes });
    });
    expect(plans.length).toBeGreaterThan(1);
    expect(plans.join('\n')).not.toMatch(/Seq Scan on revocation_receipt/);
  });
});
