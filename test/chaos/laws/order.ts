/** Laws of order, for whatever goes out one after the other. */
import type { DestinationFacts, Finding } from '../recording.js';

/** What must wait for those before it, and those after it for it. In order of the log. */
export interface Step {
  name: string;
  /** People, groups or directories: it waits for everything before it that shares one. */
  keys: readonly string[];
  /** When it was first sent and first acknowledged, in ticks; undefined: never. */
  sent: number | undefined;
  acknowledged: number | undefined;
}

/**
 * For each person and each group, or for each directory where that was asked for: something is sent for the first time only when
 * everything before it has been acknowledged. What was acknowledged may come again after a crash, at any time; what was not
 * may come again until it is.
 */
export function disorder({ name }: DestinationFacts, steps: readonly Step[]): Finding[] {
  const before = new Map<string, { step: Step; acknowledged: number }>();
  const found: Finding[] = [];
  for (const step of steps) {
    const { sent = Infinity, acknowledged = Infinity } = step;
    for (const key of step.keys) {
      const earlier = before.get(key);
      if (earlier && sent < earlier.acknowledged) {
        found.push({
          law: 'in order',
          sentence:
            `${name}: of ${key}, ${step.name} was sent (tick ${sent}) before ` +
            `${earlier.step.name} was acknowledged (${tickOf(earlier.acknowledged)})`,
        });
      }
      if (!earlier || acknowledged > earlier.acknowledged) before.set(key, { step, acknowledged });
    }
  }
  return found;
}

/** In the same way, the first acknowledgements come in the order of the log. */
export function acknowledgedOutOfOrder({ name }: DestinationFacts, steps: readonly Step[]): Finding[] {
  const last = new Map<string, number>();
  const found: Finding[] = [];
  for (const { name: what, keys, acknowledged } of steps) {
    if (acknowledged === undefined) continue;
    for (const key of keys) {
      if (acknowledged < (last.get(key) ?? 0)) {
        found.push({
          law: 'acknowledged in order',
          sentence: `${name}: of ${key}, ${what} was acknowledged before an earlier one`,
        });
      }
      last.set(key, Math.max(acknowledged, last.get(key) ?? 0));
    }
  }
  return found;
}

function tickOf(tick: number): string {
  return tick === Infinity ? 'it never was' : `tick ${tick}`;
}
