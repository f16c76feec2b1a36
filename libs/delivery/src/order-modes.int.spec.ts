import { describe, expect, it, jest } from '@jest/globals';
import { type Sink, type ReceivedRequest } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { reorderDelivery } from './begin.js';
import { pump, type PumpReport } from './pump.js';
import { route } from './route.js';
import { intercepted } from './testing/intercepted.js';
import { type DestinationWish, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const positionOf = (request: ReceivedRequest): number =>
  (JSON.parse(request.body.toString()) as { position: number }).position;
const positions = (): number[] => sink.received.map(positionOf);
const about = (...subjects: string[]): PlainEvent => ({ type: 'UserProfileChanged', subjects });
const destination = (more: DestinationWish): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, ...more });

async function work(id: string): Promise<PumpReport> {
  await route(stage.engine, stage.errands);
  let report = await pump(stage.engine, id);
  while (report.kind === 'worked' && report.more && !report.restingUntil)
    report = await pump(stage.engine, id);
  return report;
}

/** Answers 500 to one position until told otherwise. */
function refuse(position: () => number | undefined): void {
  sink.answers((request) => ({ status: positionOf(request) === position() ? 500 : 204 }));
}

/** How many requests were under way together at most. */
function watchConcurrency(): () => number {
  let flying = 0;
  let most = 0;
  sink.answers(async () => {
    most = Math.max(most, ++flying);
    await new Promise((resolve) => setTimeout(resolve, 20));
    flying -= 1;
    return { status: 204 };
  });
  return () => most;
}

describe('ordering by directory', () => {
  it('sends one event of a directory after the other', async () => {
    const id = await destination({ delivery: { ordering: 'directory' } });
    const appended = await stage.append(
      organization,
      Array.from({ length: 10 }, (_, index) => about(`directory_user_${index}`)),
    );
    const most = watchConcurrency();
    await work(id);
    expect(positions()).toEqual(appended);
    expect(most()).toBe(1);
  });

  it('lets other directories go on while one waits for a retry', async () => {
    const id = await destination({ organizationId: null, delivery: { ordering: 'directory' } });
    const [bad, ...behind] = await stage.append(organization, [about('a'), about('b'), about('c')]);
    const other = await stage.append(await stage.organization(), [about('d'), about('e')]);
    let refused: number | undefined = bad;
    refuse(() => refused);
    await work(id);
    expect(positions().filter((position) => position !== bad)).toEqual(other);
    expect(await stage.parked(id)).toMatchObject([
      { position: bad, state: 'waiting' },
      ...behind.map((position) => ({ position, state: 'behind', attempts: 0 })),
    ]);
    refused = undefined;
    stage.clock.skip(60);
    await work(id);
    expect(positions().filter((position) => !other.includes(position))).toEqual([bad, bad, ...behind]);
    expect(await stage.parked(id)).toEqual([]);
  });
});

describe('no ordering', () => {
  it('lets nothing wait for anything', async () => {
    const id = await destination({ delivery: { ordering: 'none' } });
    const [bad, ...others] = await stage.append(organization, Array<PlainEvent>(5).fill(about('a')));
    refuse(() => bad);
    await work(id);
    expect(positions().sort((one, other) => one - other)).toEqual([bad, ...others]);
    expect(await stage.parked(id)).toMatchObject([{ position: bad, state: 'waiting' }]);
  });

  it('has as many requests of one person under way as the destination may have', async () => {
    const id = await destination({ delivery: { ordering: 'none', max_in_flight: 3 } });
    await stage.append(organization, Array<PlainEvent>(12).fill(about('a')));
    const most = watchConcurrency();
    await work(id);
    expect(most()).toBe(3);
  });
});

describe('another order for what is unfinished', () => {
  async function stuck(ordering: string): Promise<{ id: string; bad: number; appended: number[] }> {
    const id = await destination({ delivery: { ordering } });
    const appended = await stage.append(organization, [about('a'), about('a'), about('b'), about('b')]);
    const bad = appended[0]!;
    refuse(() => bad);
    await work(id);
    return { id, bad, appended };
  }

  async function reorder(id: string, ordering: 'subject' | 'directory' | 'none'): Promise<void> {
    await stage.engine.destinations.change(id, { delivery: { ordering } });
    await stage.database.transaction((tx) => reorderDelivery(tx, id, { ordering, now: stage.clock.now() }));
  }

  it('frees at once what need not wait any more', async () => {
    const { id, bad, appended } = await stuck('directory');
    expect(positions()).toEqual([bad]);
    await reorder(id, 'subject');
    await work(id);
    expect(positions()).toEqual([bad, ...appended.slice(2)]);
    expect(await stage.parked(id)).toMatchObject([
      { position: bad, state: 'waiting' },
      { position: appended[1], state: 'behind' },
    ]);
  });

  it('holds back from then on what has to wait now', async () => {
    const { id, bad } = await stuck('subject');
    await reorder(id, 'directory');
    const later = await stage.append(organization, [about('c')]);
    await work(id);
    expect(positions()).not.toContain(later[0]);
    sink.answers({ status: 204 });
    stage.clock.skip(60);
    await work(id);
    expect(positions().slice(-3)).toEqual([bad, bad + 1, later[0]]);
  });

  it('holds for one who is just about to take the lease', async () => {
    const id = await destination({});
    await stage.append(organization, [about('directory_user_a'), about('directory_user_b')]);
    const mostTogether = watchConcurrency();
    const { database: real } = stage.engine;
    let changed = false;
    const beginning = intercepted(real, async (text, send) => {
      if (text.includes('set lease_token = $2') && !changed) {
        changed = true;
        await reorder(id, 'directory');
      }
      return send();
    });
    await pump({ ...stage.engine, database: beginning }, id);
    expect(sink.received).toHaveLength(2);
    expect(mostTogether()).toBe(1);
  });

  it('takes the lease from whoever works by the old one', async () => {
    const id = await destination({ delivery: { ordering: 'subject' } });
    await stage.append(organization, [about('a'), about('b')]);
    sink.answers(async () => {
      await reorder(id, 'directory');
      return { status: 204 };
    });
    await route(stage.engine, stage.errands);
    expect(await pump(stage.engine, id)).toEqual({ kind: 'lost' });
  });
});
