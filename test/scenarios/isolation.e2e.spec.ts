/** Nobody suffers for a neighbour: neither for a flood of another organization nor for endpoints that are broken. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, Sink } from '../support/index.js';
import { openWorkerStage, percentile, userCreated, type WorkerStage } from '../support/worker-stage.js';

// What a busy machine may add for reasons of its own. Far below what it costs to wait for the turns of a hundred others, or for
// an endpoint's deadline of 20 seconds.
const CONSTANT_IN_MILLISECONDS = 1_000;

let world: WorkerStage;
let sinks: Sink[];
let people: number;

beforeEach(async () => {
  world = await openWorkerStage();
  sinks = [];
  people = 0;
}, 60_000);

afterEach(async () => {
  await world.close();
  await Promise.all(sinks.map((sink) => sink.close()));
}, 60_000);

async function openSink(): Promise<Sink> {
  const sink = await Sink.open();
  sinks.push(sink);
  return sink;
}

const person = (): ReturnType<typeof userCreated> => userCreated(`directory_user_${++people}`);

/** Commits one event after the other, each when the one before has arrived everywhere. @returns all latencies. */
async function latencies(
  organization: string,
  sink: Sink,
  { events = 30, copies = 1 } = {},
): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < events; n++) {
    sink.received.length = 0;
    const committedAt = await world.commit(organization, [person()]);
    const received = await sink.receives(copies, { withinInSeconds: 30 });
    all.push(...received.map(({ at }) => Math.max(0, at.getTime() - committedAt)));
  }
  return all;
}

describe('a flood of another organization', () => {
  it('makes nobody else wait, and goes on itself', async () => {
    const [flooded, quiet] = [await world.stage.organization(), await world.stage.organization()];
    const [many, one] = [await openSink(), await openSink()];
    for (let n = 0; n < 100; n++) await world.webhook(flooded, `${many.url}/${n}`);
    await world.webhook(quiet, one.url);
    await latencies(quiet, one, { events: 5 });
    const alone = await latencies(quiet, one);
    for (let n = 0; n < 10; n++) await world.commit(flooded, Array.from({ length: 500 }, person));
    await many.receives(200, { withinInSeconds: 60 });
    const before = many.received.length;
    const beside = await latencies(quiet, one);
    const after = many.received.length;
    expect(percentile(beside, 0.9)).toBeLessThanOrEqual(
      2 * percentile(alone, 0.9) + CONSTANT_IN_MILLISECONDS,
    );
    expect(after).toBeGreaterThan(before);
    // Else there would have been no flood to compare with.
    expect(after).toBeLessThan(100 * 5_000);
  }, 180_000);
});

describe('broken endpoints of the same organization', () => {
  it('make no healthy one wait: some hang until the deadline, others refuse connections', async () => {
    const organization = await world.stage.organization();
    const [healthy, hanging, refusing] = [await openSink(), await openSink(), await openSink()];
    const HEALTHY = 50;
    for (let n = 0; n < HEALTHY; n++) await world.webhook(organization, `${healthy.url}/${n}`);
    for (let n = 0; n < 6; n++) await world.webhook(organization, `${hanging.url}/${n}`);
    for (let n = 0; n < 4; n++) await world.webhook(organization, `${refusing.url}/${n}`);
    await latencies(organization, healthy, { events: 2, copies: HEALTHY });
    const alone = await latencies(organization, healthy, { events: 10, copies: HEALTHY });
    hanging.received.length = 0;
    hanging.answers(() => new Promise(() => undefined));
    await refusing.close();
    sinks = sinks.filter((sink) => sink !== refusing);
    const beside = await latencies(organization, healthy, { events: 10, copies: HEALTHY });
    await eventually(() => expect(hanging.received.length).toBeGreaterThanOrEqual(6));
    expect(percentile(beside, 0.99)).toBeLessThanOrEqual(
      2 * percentile(alone, 0.99) + CONSTANT_IN_MILLISECONDS,
    );
    expect(world.worker.observations().filter(({ level }) => level === 'error')).toEqual([]);
  }, 180_000);
});
