/** The world comes to rest: every receiver is content, everybody sleeps no more, and days pass. Only sweeps hand out work. */
import { Bell } from '../../bell.js';
import { route } from '../../route.js';
import { sweep } from '../../sweep.js';
import type { World } from './world.js';

/** Longer than any wait between two attempts. */
const A_DAY_IN_SECONDS = 86_400;
/** Each brings at least one destination one probe or one page further. */
const ROUNDS_AT_MOST = 150;
const CALM = { seed: 0, answers: [], interruptions: [] };

/** @throws when work is left that no sweep finds, or that never ends. */
export async function drain(world: World): Promise<void> {
  await world.wakeAll();
  await world.look();
  for (const ear of world.ground.story.ears)
    if (ear.state !== 'enabled') await world.people.change(ear, 'enabled');
  for (let round = 0; round < ROUNDS_AT_MOST; round++) {
    for (const ear of world.ground.story.ears) await world.expire(ear);
    world.ground.clock.skip(A_DAY_IN_SECONDS);
    const found = await workFound(world);
    await world.look();
    if (!found) break;
  }
  world.laws.atTheEnd(world.ground.story.ears, await world.standings());
  world.say();
}

/** @returns whether there was any. */
async function workFound(world: World): Promise<boolean> {
  const { engine, stage, story } = world.ground;
  let rang = false;
  const wake = { put: () => ((rang = true), Promise.resolve()), depth: () => Promise.resolve(0) };
  stage.tickets.length = 0;
  await sweep(engine, { bell: new Bell(() => wake, engine.observations), errands: stage.errands });
  if (rang) while ((await route(engine, stage.errands)).more);
  // A ticket is the queue and the key, and the key of a sweep's ticket says that it is one.
  const tickets = stage.tickets.splice(0).map((ticket) => ticket.split(' ')[1]?.replace(/-again$/, ''));
  for (const ear of story.ears.filter(({ id }) => tickets.includes(id))) await world.pump(ear, CALM);
  return rang || tickets.length > 0;
}
