import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type Sink, type ReceivedRequest } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { rewindDelivery } from './begin.js';
import { pump, type PumpReport } from './pump.js';
import { route } from './route.js';
import { intercepted } from './testing/intercepted.js';
import { type DestinationWish, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

interface Told {
  position: number;
  previous: number | null;
}

const told = (request: ReceivedRequest): Told => JSON.parse(request.body.toString()) as Told;
const about = (subject: string, type = 'UserProfileChanged'): PlainEvent => ({ type, subjects: [subject] });
const destination = (more: DestinationWish = {}): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, ...more });

async function work(id: string): Promise<PumpReport> {
  await route(stage.engine, stage.errands);
  let report = await pump(stage.engine, id);
  while (report.kind === 'worked' && report.more && !report.restingUntil)
    report = await pump(stage.engine, id);
  return report;
}

/** What each position was told to follow; fails when two attempts of one said different things. */
function previousOf(): Map<number, number | null> {
  const said = new Map<number, number | null>();
  for (const { position, previous } of sink.received.map(told)) {
    if (said.has(position)) expect(previous).toBe(said.get(position));
    said.set(position, previous);
  }
  return said;
}

async function sequencesOf(positions: number[]): Promise<number[]> {
  const entries = await stage.engine.log.at(stage.database, positions);
  return entries.map(({ sequence }) => sequence);
}

describe('the sequence before', () => {
  it('chains the deliveries of a directory without a gap, over slices and idle times', async () => {
    const id = await destination();
    for (let round = 0; round < 3; round++) {
      await stage.append(organization, [about('a'), about('b')]);
      await work(id);
    }
    expect([...previousOf().values()]).toEqual([null, 1, 2, 3, 4, 5]);
  });

  it('leaves out what the destination does not want: the chain is of what it is told', async () => {
    const id = await destination({ eventTypes: ['UserCreated'] });
    await stage.append(organization, [about('a', 'UserCreated'), about('a'), about('a')]);
    await work(id);
    await stage.append(organization, [about('b'), about('b', 'UserCreated')]);
    await work(id);
    expect([...previousOf().values()]).toEqual([null, 1]);
  });

  it('is kept for each directory on its own', async () => {
    const id = await destination({ organizationId: null });
    const other = await stage.organization();
    await stage.append(organization, [about('a')]);
    await stage.append(other, [about('b')]);
    await stage.append(organization, [about('a')]);
    await stage.append(other, [about('b')]);
    await work(id);
    expect([...previousOf().values()].sort()).toEqual([1, 1, null, null]);
  });

  it('says the same in each attempt, whatever happened in between', async () => {
    const id = await destination();
    const [first, second] = await stage.append(organization, [about('a'), about('a'), about('b')]);
    sink.answers((request, index) => ({ status: told(request).position === first && index < 4 ? 500 : 204 }));
    await work(id);
    await stage.append(organization, [about('a'), about('c')]);
    await work(id);
    stage.clock.skip(3_600);
    await work(id);
    stage.clock.skip(86_400);
    await work(id);
    expect(await stage.parked(id)).toEqual([]);
    expect(previousOf().get(first!)).toBeNull();
    expect(previousOf().get(second!)).toBe(1);
    expect([...previousOf().values()].filter((previous) => previous === null)).toHaveLength(1);
  });

  it('says the same again after a crash before the cursor was saved', async () => {
    const id = await destination();
    await stage.append(organization, [about('a'), about('b'), about('c')]);
    await route(stage.engine, stage.errands);
    const { database: healthy } = stage.engine;
    stage.engine.database = intercepted(healthy, (text, send) =>
      text.includes('last_delivered = greatest')
        ? Promise.reject(new Error('the process was killed here'))
        : send(),
    );
    await expect(pump(stage.engine, id)).rejects.toThrow('killed here');
    stage.engine.database = healthy;
    await work(id);
    expect(sink.received).toHaveLength(6);
    expect([...previousOf().values()]).toEqual([null, 1, 2]);
  });

  it('is not told wrongly by one who was away while another went on', async () => {
    const id = await destination();
    await stage.append(organization, [about('a'), about('b')]);
    await route(stage.engine, stage.errands);
    const { database: real } = stage.engine;
    const another = async (): Promise<void> => {
      await real.rows(
        `update delivery_state set lease_until = now() - interval '1 second' where destination_id = $1`,
        [id],
      );
      await work(id);
    };
    const away = intercepted(real, async (text, send) => {
      if (text.includes('from delivery_chain')) await another();
      return send();
    });
    expect(await pump({ ...stage.engine, database: away }, id)).toEqual({ kind: 'lost' });
    expect([...previousOf().values()]).toEqual([null, 1]);
  });

  it('begins anew where a destination is told everything again from a place that it had passed', async () => {
    const id = await destination();
    const [first] = await stage.append(organization, [about('a'), about('b')]);
    await work(id);
    await stage.database.transaction((tx) => rewindDelivery(tx, id, first!));
    sink.received.length = 0;
    await work(id);
    expect(sink.received.map(told)).toMatchObject([{ previous: null }]);
  });

  it('lets a receiver that sorts by it find every sequence it was meant to have, in any history', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { minLength: 1, maxLength: 6 }),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        async (rounds, failures) => {
          organization = await stage.organization();
          const id = await destination({ eventTypes: ['UserCreated'] });
          sink.received.length = 0;
          sink.answers((_, index) => ({ status: failures[index % failures.length] ? 500 : 204 }));
          const wanted: number[] = [];
          for (const round of rounds) {
            const events = round.map(([subject, want]) =>
              about(subject, want ? 'UserCreated' : 'UserProfileChanged'),
            );
            const positions = await stage.append(organization, events);
            wanted.push(...positions.filter((_, index) => round[index]![1]));
            await work(id);
          }
          sink.answers({ status: 204 });
          while ((await stage.parked(id)).length > 0) {
            stage.clock.skip(86_400);
            await work(id);
          }
          await work(id);
          const said = previousOf();
          const sequences = await sequencesOf(wanted);
          expect(wanted.map((position) => said.get(position))).toEqual(
            [null, ...sequences].slice(0, wanted.length),
          );
        },
      ),
      { numRuns: 15 },
    );
  });
});
