/** The order of the files of a run: those that take longest begin, so that none of them is left over when all others are done. */
import { createRequire } from 'node:module';

// It is jest's own, and comes with it.
const jest = createRequire(createRequire(import.meta.url).resolve('jest'));
const { default: Sequencer } = createRequire(jest.resolve('@jest/core'))('@jest/test-sequencer');

/**
 * What takes half a minute and more, the longest first. jest remembers how long files took, but a fresh checkout knows nothing
 * and goes by their size, and the longest are short ones that wait for crashed programs. A list that is out of date does no harm.
 */
const LONGEST = [
  'scenarios/start.e2e.spec.ts',
  'scenarios/crash.e2e.spec.ts',
  'scenarios/isolation.e2e.spec.ts',
  'scenarios/database-away.e2e.spec.ts',
  'scenarios/revocations.e2e.spec.ts',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const known = LONGEST.findIndex((end) => path.replaceAll('\\', '/').endsWith(end));
      return known < 0 ? LONGEST.length : known;
    };
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
}
