/** `npm test`: everything that CI believes, one step after the other, up to the first in which something fails. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { accessSync, constants } from 'node:fs';
import { ensureBuilt } from './build.mjs';
import { ROOT } from './places.mjs';
import { Problem } from './problem.mjs';
import { run, secondsSince } from './run.mjs';

const tool = (...path) => join(ROOT, 'node_modules', ...path);
const node = (file, ...args) => run(process.execPath, [file, ...args]);

/** @returns the exit code */
export async function runTests(jestArguments) {
  const redis = isOnPath('redis-server') || Boolean(process.env.REDIS_URL);
  if (!redis && process.env.ROLLCALL_TEST_REQUIRE_REDIS === '1')
    throw new Problem(
      'The tests need a Redis server (ROLLCALL_TEST_REQUIRE_REDIS=1): there is no REDIS_URL, and redis-server is not on\n' +
        'the PATH. Install one, for example with `apt-get install redis-server`.',
    );
  const results = mkdtempSync(join(tmpdir(), 'rollcall-results-'));
  const count = { passed: 0, failed: 0, skipped: 0 };
  const jest = (project) => () => runJest({ project, jestArguments, results, count });
  const steps = [
    // None of these four can use more than one core, and none depends on another.
    {
      format: () => node(tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'),
      types: () => node(tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json'),
      lint: () => node(tool('eslint', 'bin', 'eslint.js'), '.'),
      build: buildStage,
    },
    { pure: jest('pure') },
    { int: jest('int') },
    { e2e: jest('e2e') },
    { chaos: () => runChaos({ jestArguments, results, count }) },
  ];
  try {
    const failed = await firstFailing(steps);
    // A stage that is no test run, or a test run that broke down, must not end in "0 failed".
    if (failed !== undefined && count.failed === 0) count.failed = 1;
    if (!redis) console.log(NO_REDIS);
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    return failed === undefined ? 0 : failed;
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

const NO_REDIS = `
!!! ------------------------------------------------------------------------------
!!! The Redis half of the tests was SKIPPED: no redis-server on the PATH, no REDIS_URL.
!!! Install one (for example \`apt-get install redis-server\`) and run them again.
!!! ------------------------------------------------------------------------------`;

/**
 * @param steps one after the other; the stages of each run at the same time, and are waited for whether they fail or not
 * @returns the exit code of the first stage that failed, if one did
 */
async function firstFailing(steps) {
  for (const stages of steps) {
    console.log(`${Object.keys(stages).join(', ')} …`);
    const results = await Promise.all(Object.entries(stages).map(([name, stage]) => runStage(name, stage)));
    const failed = results.filter(({ code }) => code !== 0);
    for (const { name, output } of failed) console.log(`\n${output.trim()}\n\nThe stage "${name}" failed.`);
    if (failed.length > 0) return failed[0].code;
  }
  return undefined;
}

async function runStage(name, stage) {
  const start = performance.now();
  const { code, output, table } = await stage();
  console.log(`${name.padEnd(8)}${code === 0 ? 'ok    ' : 'FAILED'} ${secondsSince(start).padStart(6)} s`);
  if (table) console.log(`\n${table}`);
  return { name, code, output };
}

async function buildStage() {
  try {
    await ensureBuilt({ quiet: true });
    return { code: 0, output: '' };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { code: 1, output: error.message };
  }
}

/** Its table is worth seeing when all went well, too. */
async function runChaos({ jestArguments, results, count }) {
  const table = process.env.ROLLCALL_CHAOS_REPORT || join(results, 'chaos.md');
  const env = { ROLLCALL_CHAOS_REPORT: table };
  const result = await runJest({ project: 'chaos', jestArguments, results, count, env });
  return { ...result, table: existsSync(table) ? readFileSync(table, 'utf8') : undefined };
}

async function runJest({ project, jestArguments, results, count, env = {} }) {
  const file = join(results, `${project}.json`);
  const { code, output } = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      tool('jest', 'bin', 'jest.js'),
      '--selectProjects',
      project,
      '--passWithNoTests',
      '--json',
      `--outputFile=${file}`,
      ...jestArguments,
    ],
    // Node says once per process that these modules are experimental; everybody knows by now.
    {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings=ExperimentalWarning`,
      ...env,
    },
    'stderr',
  );
  const report = readReport(file);
  count.passed += report.numPassedTests ?? 0;
  // A file that could not even be loaded has no tests that could fail.
  count.failed += (report.numFailedTests ?? 0) + (report.numRuntimeErrorTestSuites ?? 0);
  count.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
  return { code, output };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
