/**
 * What every npm script runs: `node apps/cli/launch.mjs <verb> [args]`. It makes a bare checkout ready (packages,
 * build), then runs the verb in this same process, so that signals reach it directly. It imports nothing that is
 * not there before the packages are.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './launcher/build.mjs';
import { ensureInstalled } from './launcher/install.mjs';
import { assertNodeVersion } from './launcher/node-version.mjs';
import { MAIN, ROOT } from './launcher/places.mjs';
import { Problem } from './launcher/problem.mjs';
import { runTests } from './launcher/test-programme.mjs';

try {
  assertNodeVersion();
  const [verb, ...args] = process.argv.slice(2);
  await ensureInstalled();
  if (verb === 'test') {
    process.exitCode = await runTests(args);
  } else {
    await ensureBuilt();
    if (verb !== 'build') await runHere(join(ROOT, MAIN), verb === undefined ? [] : [verb, ...args]);
  }
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = error.exitCode;
}

/** As if `node file …args` had been typed, without a process in between that would have to pass signals on. */
async function runHere(file, args) {
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
