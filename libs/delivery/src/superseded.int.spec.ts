import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually, type Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { protocolsByName, type Protocol } from './protocol.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { farewell, type NoteSettings, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

/** Tells who leaves and who returns; a return outlives the leaving that it makes pointless, and not the next one. */
const comeAndGo: Protocol<NoteSettings> = {
  ...farewell,
  name: 'come-and-go',
  wants: (event) => event.type === 'UserDeactivated' || event.type === 'UserReactivated',
  supersededBy: ({ type }) =>
    type === 'UserReactivated' ? ['UserDeactivated', 'UserDeleted'] : ['UserReactivated'],
  // To whom a refusal is given is part of what it means.
  read: (answer, about) =>
    answer.status === 409 && about?.type === 'UserReactivated'
      ? { kind: 'delivered', status: 409, note: 'is back already' }
      : farewell.read(answer, about),
};

let stage: Stage;
let sink: Sink;
let organization: string;
let id: string;

onStage((set) => ({ stage, sink, organization } = set));

beforeEach(async () => {
  stage.engine.protocols = protocolsByName([farewell, comeAndGo]);
  id = await stage.destination({ protocol: 'come-and-go', url: sink.url, organizationId: organization });
});

const left = (name: string): PlainEvent => ({
  type: 'UserDeactivated',
  subjects: [`${name}_of_${organization}`],
});
const back = (name: string): PlainEvent => ({ ...left(name), type: 'UserReactivated' });

async function work(): Promise<void> {
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
}

const told = (): unknown[] =>
  sink.received.map(({ body }) => (JSON.parse(body.toString()) as { position: number }).position);

const states = async (): Promise<string[]> =>
  (await stage.parked(id)).map(({ position, state }) => `${position} ${state}`);

describe('what is superseded, where that depends on what is told', () => {
  it('a leaving by the return, which is told although it is the very reason', async () => {
    sink.answers({ status: 503 });
    const [gone] = await stage.append(organization, [left('ada')]);
    await work();
    sink.answers({ status: 204 });
    const [returned] = await stage.append(organization, [back('ada')]);
    await work();
    expect(told()).toEqual([gone, returned]);
    expect(await states()).toEqual([`${gone} superseded`]);
  });

  it('a return by the next leaving, which is told', async () => {
    sink.answers({ status: 503 });
    const [returned] = await stage.append(organization, [back('ada')]);
    await work();
    sink.answers({ status: 204 });
    const [gone] = await stage.append(organization, [left('ada')]);
    await work();
    expect(told()).toEqual([returned, gone]);
    expect(await states()).toEqual([`${returned} superseded`]);
  });

  it('at once, and not only when it would be tried again: nobody waits behind what is pointless', async () => {
    sink.answers({ status: 503 });
    const [gone] = await stage.append(organization, [left('ada')]);
    await work();
    for (const next of [back('ada'), left('ada'), back('ada')]) {
      await stage.append(organization, [next]);
      await work();
    }
    // Each was tried as soon as it happened, though the clock stood still.
    expect(told()).toEqual([gone!, gone! + 1, gone! + 2, gone! + 3]);
    expect((await states()).map((each) => each.split(' ')[1])).toEqual([
      ...['superseded', 'superseded', 'superseded', 'waiting'],
    ]);
  });

  it('and nothing of anybody else, who waits for the next attempt', async () => {
    sink.answers({ status: 503 });
    const [ada, bob] = await stage.append(organization, [back('ada'), back('bob')]);
    await work();
    sink.answers({ status: 204 });
    const [gone] = await stage.append(organization, [left('ada')]);
    await work();
    expect(told().slice(2)).toEqual([gone]);
    expect(await states()).toEqual([`${ada} superseded`, `${bob} waiting`]);
  });

  describe('while a slice is at work', () => {
    const positionIn = ({ body }: { body: Buffer }): number =>
      (JSON.parse(body.toString()) as { position: number }).position;
    const received = (position: number): Promise<void> =>
      eventually(() => expect(told()).toContain(position));

    /**
     * Ada is back, and gone again as soon as that is being told, when the slice has not read the log to its end.
     * @param answer to each request; knows the positions of Ada's return, of her leaving, and of what was read with that.
     */
    async function isGoneAgain(
      answer: (position: number, at: { back: number; gone: () => number }) => Promise<number>,
    ): Promise<{ returned: number; gone: number }> {
      const others = Array.from({ length: 5 }, (_, index) => left(`person-${index}`));
      const [returned = 0] = await stage.append(organization, [back('ada'), ...others]);
      let gone = 0;
      const log = Object.create(stage.engine.log) as Stage['engine']['log'];
      log.page = async (tx, selection, bytesAtMost) => {
        if (selection.after >= returned && gone === 0) {
          await received(returned);
          [gone = 0] = await stage.append(organization, [left('ada'), left('bob')]);
        }
        return stage.engine.log.page(tx, selection, bytesAtMost);
      };
      sink.answers(async (request) => ({
        status: await answer(positionIn(request), { back: returned, gone: () => gone }),
      }));
      await route(stage.engine, stage.errands);
      // Four events at a time; what came of them is written down at the end.
      const limits = { ...stage.engine.limits, batch: 4, settleWithinMilliseconds: 60_000 };
      await pump({ ...stage.engine, limits, log }, id);
      return { returned, gone };
    }

    it('a return that fails when the leaving has been read is not tried again', async () => {
      const { returned, gone } = await isGoneAgain(async (position, at) => {
        if (position !== at.back) return 204;
        // Bob was read with Ada's leaving, and need not wait for her.
        await eventually(() => expect(at.gone()).toBeGreaterThan(0));
        await received(at.gone() + 1);
        return 503;
      });
      expect(told().slice(-2).sort()).toEqual([gone, gone + 1].sort());
      expect(told().indexOf(gone)).toBeGreaterThan(told().indexOf(returned));
      expect(await states()).toEqual([`${returned} superseded`]);
    });

    it('a return that has failed, and is not written down yet, holds nobody up either', async () => {
      const { returned, gone } = await isGoneAgain(async (position, at) => {
        if (position === at.back) return 503;
        if (position !== at.back + 1) return 204;
        await eventually(() => expect(at.gone()).toBeGreaterThan(0));
        await received(at.gone());
        return 204;
      });
      expect(told()).toContain(gone);
      expect(await states()).toEqual([`${returned} superseded`]);
    });
  });

  it('of many that nobody was told yet only the last word remains', async () => {
    const many = [left('ada'), back('ada'), left('ada'), back('ada'), left('bob')];
    const positions = await stage.append(organization, many);
    await work();
    // Of different people, so in any order.
    expect(new Set(told())).toEqual(new Set(positions.slice(3)));
  });
});

describe('reading an answer', () => {
  it('may depend on what was told', async () => {
    sink.answers({ status: 409 });
    const positions = await stage.append(organization, [back('ada'), left('bob')]);
    await work();
    expect(await states()).toEqual([`${positions[1]} waiting`]);
  });
});
