/** What a run may be told: ROLLCALL_CHAOS_SECONDS, _SEED, _BACKEND, _REPORT (a file for the table) and _KEEP=1 (a good run is kept, too). */

export type Backend = 'postgres' | 'redis';

export interface ChaosSettings {
  /** How long faults are made; healing comes on top. */
  seconds: number;
  seed: number;
  backends: readonly Backend[];
  /** A file that the table is written to, as Markdown. */
  report: string | undefined;
  /** Keep everything of a run also when nothing is wrong with it. */
  keep: boolean;
}

const SECONDS = 35;
/** In less time not every kind of fault has its turn. */
const SECONDS_AT_LEAST = 30;
const SEED_BELOW = 1_000_000;

/** @throws when a setting is not what it may be. */
export function chaosSettings(env: Readonly<Record<string, string | undefined>>): ChaosSettings {
  const seconds = numberOf(env, 'ROLLCALL_CHAOS_SECONDS') ?? SECONDS;
  if (seconds < SECONDS_AT_LEAST)
    throw new Error(
      `ROLLCALL_CHAOS_SECONDS is ${seconds}: give every fault its turn, at least ${SECONDS_AT_LEAST}`,
    );
  return {
    seconds,
    // Another one each time, or the suite would prove the same run over and over; it is printed, and can be given.
    seed: numberOf(env, 'ROLLCALL_CHAOS_SEED') ?? Math.floor(Math.random() * SEED_BELOW),
    backends: backendsOf(env['ROLLCALL_CHAOS_BACKEND'] || 'both'),
    report: env['ROLLCALL_CHAOS_REPORT'] || undefined,
    keep: env['ROLLCALL_CHAOS_KEEP'] === '1',
  };
}

function backendsOf(text: string): Backend[] {
  if (text === 'both') return ['postgres', 'redis'];
  if (text === 'postgres' || text === 'redis') return [text];
  throw new Error(`ROLLCALL_CHAOS_BACKEND is ${text}: it may be postgres, redis or both`);
}

function numberOf(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`${name} is ${text}: it must be a whole number`);
  return number;
}
