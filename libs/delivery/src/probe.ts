/** Which request asks an endpoint that has been resting whether it is back. Pure. */
import type { Item } from './window.js';

/**
 * In turn something new and one after the other of what is parked: nothing poisonous can block the way back.
 * @param able the requests that could be made, in order.
 * @returns at most one of them.
 */
export function chooseProbe(able: readonly Item[][], failedProbes: number): Item[][] {
  const parked = able.filter(([first]) => first!.origin === 'parked');
  const wanted =
    failedProbes % 2 === 0
      ? able.find(([first]) => first!.origin === 'log')
      : parked[Math.floor(failedProbes / 2) % parked.length];
  const chosen = wanted ?? able[0];
  return chosen ? [chosen] : [];
}
