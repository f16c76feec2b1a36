/**
 * The promise, under everything at once: an accepted SCIM change reaches every destination that wants it at least once, in order
 * for each person and group, whatever happens to workers, hubs, queue, database and receivers meanwhile. See docs/reliability.md.
 */
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { describeWithRedis } from '../support/redis.js';
import { reportOf } from './report.js';
import { runChaos, type RunResult } from './run.js';
import { chaosSettings, type Backend } from './settings.js';

/** Starting and healing take their time on a slow machine; each step has a bound of its own, and says which it was. */
const AROUND_IN_SECONDS = 400;
const FINDINGS_SHOWN = 20;

const { seconds, seed, backends, report, keep } = chaosSettings(process.env);
const runs: RunResult[] = [];

afterAll(() => {
  if (runs.length === 0) return;
  const table = reportOf(runs);
  if (report) writeFileSync(report, `${table}\n`);
  const kept = runs.flatMap(({ backend, kept: folder }) =>
    folder ? [`${backend}: kept in ${folder}\n`] : [],
  );
  process.stderr.write(`\n${table}\n\n${kept.join('')}`);
});

function chaos(backend: Backend): void {
  it(
    `loses nothing and muddles nothing in ${seconds} seconds of faults (ROLLCALL_CHAOS_SEED=${seed})`,
    async () => {
      const run = await runChaos({ backend, seed, seconds, keep });
      runs.push(run);
      const shown = run.findings.slice(0, FINDINGS_SHOWN).map(({ law, sentence }) => `${law}: ${sentence}`);
      const rest =
        run.findings.length > 0 ? [`${run.findings.length} in all; the run is kept in ${run.kept}`] : [];
      expect([...shown, ...rest]).toEqual([]);
      expect(run.recording.log.length).toBeGreaterThan(seconds);
    },
    (seconds + AROUND_IN_SECONDS) * 1_000,
  );
}

const on = (backend: Backend): typeof describe | typeof describe.skip => {
  if (!backends.includes(backend)) return describe.skip;
  return backend === 'redis' ? describeWithRedis : describe;
};

on('postgres')('with the queue in PostgreSQL', () => chaos('postgres'));
on('redis')('with the queue in Redis', () => chaos('redis'));
