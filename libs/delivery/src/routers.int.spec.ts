/** Two routers read the log: one for those who end sessions, and one for everybody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { checkpointPosition, headPosition, takeCheckpoint } from '@app/event-log';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { protocolsByName } from './protocol.js';
import { pump } from './pump.js';
import { route, ROUTER_CHECKPOINTS } from './route.js';
import { ada } from './testing/events.js';
import { farewell, note, openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

/** As the protocols of revocation do, it says what it may want. */
const choosy = { ...farewell, hears: ['UserDeactivated'] as const };

let database: FreshDatabase;
let stage: Stage;
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
  await stage.database.rows('delete from destination');
  stage.engine.protocols = protocolsByName([note, choosy]);
  await route(stage.engine, stage.errands);
  stage.tickets.length = 0;
  organization = await stage.organization();
});

const url = 'http://127.0.0.1:9/nobody';
const left = (id: string): PlainEvent => ({
  type: 'UserDeactivated',
  subjects: [id],
  data: { user: { ...ada, id } },
});
const changed = (id: string): PlainEvent => ({ type: 'UserProfileChanged', subjects: [id] });

async function settled(protocol: string): Promise<string> {
  const id = await stage.destination({ protocol, url, organizationId: organization });
  await pump(stage.engine, id);
  return id;
}

describe('what ends sessions', () => {
  it('is routed although the other router stands still, and the other way round', async () => {
    const [application, endpoint] = [await settled('farewell'), await settled('note')];
    await stage.append(organization, [left('a')]);
    await stage.database.transaction(async (tx) => {
      await takeCheckpoint(tx, ROUTER_CHECKPOINTS.soon);
      expect(await route(stage.engine, stage.errands)).toMatchObject({ errands: 1 });
      expect(stage.tickets).toEqual([`now ${application}`]);
    });
    await stage.append(organization, [left('b')]);
    await stage.database.transaction(async (tx) => {
      await takeCheckpoint(tx, ROUTER_CHECKPOINTS.now);
      await route(stage.engine, stage.errands);
      expect(stage.tickets).toEqual([`now ${application}`, `soon ${endpoint}`]);
    });
  });

  it('is not read behind an import: of other types of events the router looks at none', async () => {
    await settled('farewell');
    const people = Array.from({ length: 1_500 }, (_, index) => `u${index}`);
    await stage.append(organization, people.map(changed));
    await stage.append(organization, [left('a')]);
    await stage.append(organization, people.map(changed));
    expect(await route(stage.engine, stage.errands, ['now'])).toEqual({ events: 1, errands: 1, more: false });
    const head = await headPosition(stage.database);
    expect(await checkpointPosition(stage.database, ROUTER_CHECKPOINTS.now)).toBe(head);
  });

  it('is every event where one protocol does not say what it may want', async () => {
    const anything = { ...farewell, name: 'anything', wants: () => true };
    stage.engine.protocols = protocolsByName([note, choosy, anything]);
    await settled('farewell');
    await settled('anything');
    await stage.append(organization, [changed('a'), left('a')]);
    expect(await route(stage.engine, stage.errands, ['now'])).toMatchObject({ events: 2, errands: 2 });
  });

  it('is nothing at all where nobody is told of it', async () => {
    await settled('note');
    await stage.append(organization, [left('a')]);
    expect(await route(stage.engine, stage.errands, ['now'])).toEqual({ events: 0, errands: 0, more: false });
    expect(stage.tickets).toEqual([]);
  });

  it('is routed in batches, none of them twice', async () => {
    const id = await settled('farewell');
    const people = Array.from({ length: 1_200 }, (_, index) => `u${index}`);
    const positions = await stage.append(organization, people.map(left));
    await stage.append(organization, people.map(changed));
    expect(await route(stage.engine, stage.errands, ['now'])).toMatchObject({ events: 1_200, more: false });
    expect(await stage.state(id)).toMatchObject({ work_to: positions.at(-1) });
    const [{ receipts } = { receipts: 0 }] = await stage.database.rows<{ receipts: number }>(
      'select count(*)::int as receipts from revocation_receipt where destination_id = $1',
      [id],
    );
    expect(receipts).toBe(1_200);
    expect(await route(stage.engine, stage.errands, ['now'])).toMatchObject({ events: 0 });
  });

  it('is heard by an application that is added behind it only from then on', async () => {
    await settled('farewell');
    await stage.append(organization, [left('a')]);
    const late = await stage.destination({ protocol: 'farewell', url, organizationId: organization });
    await route(stage.engine, stage.errands);
    const receipts = await stage.database.rows('select 1 from revocation_receipt where destination_id = $1', [
      late,
    ]);
    expect(receipts).toEqual([]);
  });
});
