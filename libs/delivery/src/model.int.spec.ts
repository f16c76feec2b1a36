import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { SEED } from '../../../test/support/bounds.js';
import { ENGINE_LIMITS, type EngineLimits } from './engine.js';
import { act, type Act } from './testing/model/acts.js';
import { drain } from './testing/model/drain.js';
import { World } from './testing/model/world.js';
import { openStage, type Stage } from './testing/stage.js';

/** More of them look longer; each is a life of a few destinations, about half a second. */
const RUNS = Number(process.env['ROLLCALL_MODEL_RUNS'] ?? 40);

jest.setTimeout(60_000 + RUNS * 10_000);

let database: FreshDatabase;
let stage: Stage;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
});

afterAll(async () => {
  await stage.close();
  await database.drop();
});

class Step implements fc.AsyncCommand<object, World> {
  constructor(private readonly act: Act) {}

  check = (): boolean => true;

  async run(_: object, world: World): Promise<void> {
    await world.perform(this.act);
    await world.look();
  }

  toString = (): string => JSON.stringify(this.act);
}

/** Small ones, so that few events make several pages and several settlements. Time alone never ends anything here. */
const limits: fc.Arbitrary<EngineLimits> = fc
  .record({
    batch: fc.constantFrom(200, 4, 8, 20),
    settleEvery: fc.constantFrom(64, 1, 3),
    settleWithinMilliseconds: fc.constantFrom(1_000_000, 0),
  })
  .map((own) => ({ ...ENGINE_LIMITS, sliceInMilliseconds: 1_000_000, ...own }));

describe('whatever happens to receivers, workers, the database and the people in between', () => {
  it('tells everybody everything they want, each subject in order, within the limits', async () => {
    const steps = fc.commands([act.map((each) => new Step(each))], { maxCommands: 30, size: '+1' });
    await fc.assert(
      fc.asyncProperty(limits, steps, async (chosen, commands) => {
        const world = await World.begin(stage, chosen);
        try {
          await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
          await drain(world);
        } finally {
          await world.end();
        }
      }),
      // Shrinking ends before jest does, so that a failure shows its case.
      {
        ...{ seed: SEED, numRuns: RUNS, timeout: 60_000 },
        ...{ interruptAfterTimeLimit: RUNS * 8_000, markInterruptAsFailure: true },
      },
    );
  });
});
