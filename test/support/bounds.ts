/**
 * How long and from which seed the random tests run. The same cases every time, so that a red run is red again; ROLLCALL_FUZZ_SEED looks
 * elsewhere, ROLLCALL_FUZZ_RUNS asks for that many times as many cases, and ROLLCALL_FUZZ_SECONDS for longer fuzz runs.
 */
export const SEED = numberOf('ROLLCALL_FUZZ_SEED', 7644);

const TIMES = numberOf('ROLLCALL_FUZZ_RUNS', 1);

/** For fast-check; a failing case prints its seed and path. */
export function bounded(numRuns: number): { seed: number; numRuns: number } {
  return { seed: SEED, numRuns: numRuns * TIMES };
}

/** Milliseconds that a fuzz run may take. */
export function fuzzTime(seconds: number): number {
  return numberOf('ROLLCALL_FUZZ_SECONDS', seconds) * 1_000;
}

function numberOf(name: string, otherwise: number): number {
  const given = Number(process.env[name] ?? otherwise);
  if (!Number.isFinite(given)) throw new Error(`${name} must be a number`);
  return given;
}
