/** What will be done to whom and when: all of it follows from the seed, so a bad run can be had again. */
import { Dice } from '../fuzz/dice.js';
import type { Backend } from './settings.js';

export const WORKERS = 3;
export const HUBS = 2;

export type Act =
  /** SIGKILL, and started again after a while. */
  | { kind: 'kill worker'; which: number; backAfter: number }
  | { kind: 'kill hub'; which: number; backAfter: number }
  /** SIGSTOP for longer than its leases last: it comes back believing that it still holds them. */
  | { kind: 'stop worker'; which: number; lasts: number }
  /** Away, and back. At once: the server closes its connections and writes everything down; crash: it does neither. */
  | { kind: 'restart database'; how: 'fast' | 'crash'; away: number }
  | { kind: 'flush queue' }
  /** With everything in it. */
  | { kind: 'redis away'; lasts: number }
  /** SIGSTOP of every hub and worker, for less than a lease. */
  | { kind: 'pause everything'; lasts: number };

export interface PlannedAct {
  /** After the beginning. */
  atInMilliseconds: number;
  act: Act;
}

/** Leases run out after 10 seconds. */
const LONGER_THAN_A_LEASE = { least: 11_500, most: 13_500 };
/** A pause that outlives a lease would be another fault, and has its own act. */
const PAUSE = { least: 500, most: 2_500 };
const RANDOM_ACT_EVERY = { least: 1_500, most: 4_500 };

/** In the first seconds there is something to lose, in the last ones no time to see what comes of it. */
const QUIET_AT_FIRST_IN_MILLISECONDS = 1_500;
const QUIET_AT_LAST_IN_MILLISECONDS = 3_000;

export function planOf({
  seed,
  seconds,
  backend,
}: {
  seed: number;
  seconds: number;
  backend: Backend;
}): PlannedAct[] {
  const dice = new Dice(seed);
  const between = ({ least, most }: { least: number; most: number }): number =>
    least + dice.below(most - least + 1);
  const makers = makersOf(dice, between, backend);
  const end = seconds * 1_000 - QUIET_AT_LAST_IN_MILLISECONDS;
  // Every kind once, in an order of their own; a worker that comes back from the dead must do so while there is work.
  const [zombie, ...others] = makers;
  const first = [zombie!, ...shuffled(dice, [...others, makers[1]!])];
  const step = Math.min((end - QUIET_AT_FIRST_IN_MILLISECONDS) / first.length, RANDOM_ACT_EVERY.most);
  const plan = first.map((make, index) => ({
    atInMilliseconds: Math.round(QUIET_AT_FIRST_IN_MILLISECONDS + index * step + dice.below(step * 0.8)),
    act: make(),
  }));
  for (let at = plan.at(-1)!.atInMilliseconds; ;) {
    at += between(RANDOM_ACT_EVERY);
    if (at > end) return plan;
    plan.push({ atInMilliseconds: at, act: dice.pick(makers)() });
  }
}

function makersOf(
  dice: Dice,
  between: (range: { least: number; most: number }) => number,
  backend: Backend,
): (() => Act)[] {
  const backAfter = (): number => dice.below(2_000);
  const away = { least: 0, most: 2_500 };
  return [
    () => ({ kind: 'stop worker', which: dice.below(WORKERS), lasts: between(LONGER_THAN_A_LEASE) }),
    () => ({ kind: 'kill worker', which: dice.below(WORKERS), backAfter: backAfter() }),
    () => ({ kind: 'kill hub', which: dice.below(HUBS), backAfter: backAfter() }),
    () => ({ kind: 'restart database', how: 'fast', away: between(away) }),
    () => ({ kind: 'restart database', how: 'crash', away: between(away) }),
    () => ({ kind: 'flush queue' }),
    () => ({ kind: 'pause everything', lasts: between(PAUSE) }),
    ...(backend === 'redis'
      ? [(): Act => ({ kind: 'redis away', lasts: between({ least: 1_000, most: 4_000 }) })]
      : []),
  ];
}

function shuffled<Value>(dice: Dice, values: readonly Value[]): Value[] {
  const left = [...values];
  return values.map(() => left.splice(dice.below(left.length), 1)[0]!);
}
