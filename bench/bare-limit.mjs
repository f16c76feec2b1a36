import { start } from './processes.mjs';

/** Runs the bare sender against the same sinks. @returns deliveries a second, and milliseconds of processor time of each. */
export async function bareLimit(work) {
  const sender = await start('bare-sender.mjs');
  try {
    const { sent, elapsed, cpuSeconds } = await sender.ask(work);
    return { perSecond: sent / elapsed, cpuEach: (1_000 * cpuSeconds) / sent };
  } finally {
    await sender.stop();
  }
}
