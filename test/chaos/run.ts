/** One run from its beginning to its end: a world, writers at work, a plan carried out, everything healed, and what is left. */
import { setTimeout as pause } from 'node:timers/promises';
import { ENGINE_LIMITS } from '@app/delivery';
import { readEventIds, readReceipts } from './api.js';
import { keep } from './keep.js';
import { letTimePass, readEndedWithout, readLog, readUnfinished } from './log.js';
import { Monkey } from './monkey.js';
import { Pulse } from './pulse.js';
import { planOf, type PlannedAct } from './plan.js';
import { findings } from './oracle.js';
import type { Disturbance, Finding, Recording } from './recording.js';
import type { Backend } from './settings.js';
import { World } from './world.js';

export interface RunResult {
  backend: Backend;
  seed: number;
  plan: readonly PlannedAct[];
  recording: Recording;
  findings: readonly Finding[];
  /** Where everything of the run was kept, if it was. */
  kept: string | undefined;
  /** Requests of writers that had to be sent again. */
  retries: number;
  /** How long faults were made, and how long it took after the last one until nothing was left to do. */
  chaosInSeconds: number;
  healedInSeconds: number;
  /** The most memory that any worker had. */
  workerPeakInBytes: number | undefined;
}

/** What a pump reads ahead from the log, and as much again of what was parked and has become due. */
const IN_HAND_AT_MOST = 2 * ENGINE_LIMITS.batch;
const LOOK_EVERY_IN_MILLISECONDS = 500;
/** Since anything was last finished, not altogether: a slow machine may take its time, as long as it gets somewhere. */
const STUCK_AFTER_IN_MILLISECONDS = 60_000;

export async function runChaos(wish: {
  backend: Backend;
  seed: number;
  seconds: number;
  /** Keep everything of the run also when nothing is wrong with it. */
  keep: boolean;
}): Promise<RunResult> {
  const plan = planOf(wish);
  const world = await World.start(wish);
  const looking = setInterval(() => {
    for (const program of world.programs) program.look();
  }, 1_000);
  const pulse = new Pulse(world.database);
  let over = false;
  try {
    const monkey = new Monkey(world, plan);
    const began = performance.now();
    const writing = Promise.all(world.writers.map((writer) => writer.work(() => over)));
    // A writer that gives up is heard of when it is waited for.
    writing.catch(() => {});
    const polling = Promise.all(world.pollers.map((poller) => poller.work(() => over)));
    polling.catch(() => {});
    world.receivers.startMoving();
    await monkey.run();
    await pause(Math.max(0, began + wish.seconds * 1_000 - performance.now()));
    const ended = performance.now();
    await world.receivers.heal();
    await Promise.all(world.programs.map((program) => program.listening()));
    over = true;
    await writing;
    await polling;
    await untilIdle(world);
    await Promise.all(world.pollers.map((poller) => poller.drain()));
    const healedInSeconds = (performance.now() - ended) / 1_000;
    const recording = await recordingOf(world, [...monkey.disturbances, ...pulse.disturbances]);
    const found = findings(recording, { inHandAtMost: IN_HAND_AT_MOST });
    const peaks = world.workers.flatMap(({ peakInBytes }) => peakInBytes ?? []);
    return {
      ...wish,
      plan,
      recording,
      findings: found,
      kept: wish.keep || found.length > 0 ? keep(world, { plan, recording }) : undefined,
      retries: world.patience.retries,
      chaosInSeconds: (ended - began) / 1_000,
      healedInSeconds,
      workerPeakInBytes: peaks.length > 0 ? Math.max(...peaks) : undefined,
    };
  } catch (error) {
    throw new Error(`what the programs said is in ${keep(world, { plan })}`, { cause: error });
  } finally {
    over = true;
    clearInterval(looking);
    await pulse.stop();
    await world.end();
  }
}

/** @throws when nothing is finished any more although there is something to do. */
async function untilIdle({ database, receivers }: World): Promise<void> {
  let seen = '';
  let since = Date.now();
  for (;;) {
    const left = await readUnfinished(database);
    if (left.routerBehind === 0 && left.busy.length === 0 && left.parked === 0) return;
    const now = JSON.stringify([left, receivers.seen.arrivals.length]);
    if (now !== seen) since = Date.now();
    seen = now;
    if (Date.now() - since > STUCK_AFTER_IN_MILLISECONDS)
      throw new Error(
        `nothing has moved for ${STUCK_AFTER_IN_MILLISECONDS / 1_000} s, and this is left to do: ${seen}`,
      );
    await letTimePass(database);
    await pause(LOOK_EVERY_IN_MILLISECONDS);
  }
}

async function recordingOf(world: World, disturbances: readonly Disturbance[]): Promise<Recording> {
  const verified = await world.verb('verify');
  const hub = world.clients[0]!;
  return {
    destinations: world.destinations,
    log: await readLog(world.database, world.began, await readEventIds(hub)),
    arrivals: world.receivers.seen.arrivals,
    disturbances,
    lanes: world.writers,
    endedWithout: await readEndedWithout(world.database),
    receipts: await readReceipts(hub),
    incidents: [
      ...world.receivers.incidents,
      ...world.patience.incidents,
      ...world.programs.flatMap(({ endedByThemselves }) => endedByThemselves),
      ...(verified.code === 0 ? [] : [`verify found flaws in the log: ${verified.output}`]),
    ],
  };
}
