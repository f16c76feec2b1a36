import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { pump } from './pump.js';
import { route } from './route.js';
import type { Engine } from './engine.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(120_000);

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  sink = await Sink.open();
});

afterAll(async () => {
  await sink.close();
  await stage.close();
  await database.drop();
});

/** The same numbers for the same seed, so that a failure can be repeated. */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A machine that goes away between sending and writing down, now and then. */
function unreliable(engine: Engine, dice: () => number): Engine {
  const gone = (): Promise<never> => Promise.reject(new Error('the machine is gone'));
  const database = new Proxy(engine.database, {
    get(target, name) {
      if (name === 'transaction' && dice() < 0.1) return gone;
      if (name !== 'rows') return Reflect.get(target, name, target) as unknown;
      return (sql: string, values: unknown[]) =>
        sql.includes('insert into delivery_attempt') && dice() < 0.1 ? gone() : target.rows(sql, values);
    },
  });
  return { ...engine, database };
}

describe.each([1, 2, 3])('in a storm (seed %i) of refusals, hang-ups, outages and dying workers', (seed) => {
  it('delivers everything, and tells no subject out of order', async () => {
    const dice = diceOf(seed);
    sink.received.length = 0;
    const accepted: number[] = [];
    let outage = false;
    sink.answers(({ body }) => {
      const roll = dice();
      if (outage || roll < 0.15) return { status: 500 };
      if (roll < 0.2) return { hangUp: true };
      if (roll < 0.25) return { status: 422 };
      accepted.push((JSON.parse(body.toString()) as { position: number }).position);
      return { status: 204, delayInMilliseconds: roll < 0.3 ? 20 : 0 };
    });
    const organization = await stage.organization();
    const id = await stage.destination({ url: sink.url, organizationId: organization });
    const subjects = new Map<number, string[]>();
    const people = (count: number): PlainEvent[] =>
      Array.from({ length: count }, () => {
        const person = `directory_user_${Math.floor(dice() * 12)}`;
        const group = `directory_group_${Math.floor(dice() * 3)}`;
        return { type: 'MembershipChanged', subjects: dice() < 0.4 ? [person, group] : [person] };
      });
    for (let round = 0; round < 400; round++) {
      if (round < 12) {
        const events = people(40);
        const positions = await stage.append(organization, events);
        positions.forEach((position, index) => subjects.set(position, events[index]!.subjects));
      }
      outage = round % 10 === 3 || round % 10 === 4;
      await route(stage.engine, stage.errands);
      const engine = round < 60 ? unreliable(stage.engine, dice) : stage.engine;
      await pump(engine, id).catch(() => undefined);
      await stage.database.rows(
        `update delivery_state set lease_until = now() - interval '1 second' where destination_id = $1 and lease_token is not null`,
        [id],
      );
      stage.clock.skip(700);
      const { cursor, work_to } = await stage.state(id);
      const left = await stage.parked(id);
      if (round > 12 && Number(cursor) >= Number(work_to) && left.length === 0) break;
    }
    expect((await stage.parked(id)).filter(({ state }) => state !== 'given-up')).toEqual([]);
    const firsts = [...new Set(accepted)];
    expect([...firsts].sort((a, b) => a - b)).toEqual([...subjects.keys()]);
    const seen = new Map<string, number>();
    for (const position of firsts) {
      for (const subject of subjects.get(position)!) {
        expect(seen.get(subject) ?? 0).toBeLessThan(position);
        seen.set(subject, position);
      }
    }
  });
});
