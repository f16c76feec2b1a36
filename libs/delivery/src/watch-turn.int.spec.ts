import { expect, it, jest } from '@jest/globals';
import { onStage } from '../../../test/support/on-stage.js';
import type { Stage } from './testing/stage.js';
import { takeTurn } from './watch-turn.js';

jest.setTimeout(60_000);

const HOUR_IN_SECONDS = 3_600;

let stage: Stage;

onStage((set) => ({ stage } = set));

const asked = (name: string, everyInSeconds = HOUR_IN_SECONDS): Promise<boolean> =>
  takeTurn(stage.database, name, everyInSeconds);

const anHourPasses = (name: string): Promise<unknown> =>
  stage.database.rows('update checkpoint set position = position - 3600000 where name = $1', [
    `turn:${name}`,
  ]);

it('the first who ever asks has the turn, and nobody else until it is due again', async () => {
  expect(await asked('first')).toBe(true);
  expect(await asked('first')).toBe(false);
  await anHourPasses('first');
  expect(await asked('first')).toBe(true);
  expect(await asked('first')).toBe(false);
});

it('of eight who ask at the same moment one has it, the first time and every other', async () => {
  for (let round = 0; round < 5; round += 1) {
    const each = await Promise.all(Array.from({ length: 8 }, () => asked('crowd')));
    expect(each.filter(Boolean)).toHaveLength(1);
    await anHourPasses('crowd');
  }
});

it('turns of different names do not wait for each other', async () => {
  expect(await asked('one')).toBe(true);
  expect(await asked('other')).toBe(true);
});

it('whoever comes too early writes nothing', async () => {
  await asked('quiet');
  const version = (): Promise<unknown> =>
    stage.database.rows(
      `select xmin::text, xmax::text, ctid::text from checkpoint where name = 'turn:quiet'`,
    );
  const before = await version();
  expect(await asked('quiet')).toBe(false);
  expect(await version()).toEqual(before);
});
