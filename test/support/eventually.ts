import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_IN_MILLISECONDS = 25;

/** Repeats the check until it passes and returns what it returned; when time is up, fails with its last error. */
export async function eventually<Result>(
  check: () => Result | Promise<Result>,
  { withinInSeconds = 10 }: { withinInSeconds?: number } = {},
): Promise<Result> {
  const end = performance.now() + withinInSeconds * 1000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await pause(LOOK_EVERY_IN_MILLISECONDS);
  }
}
