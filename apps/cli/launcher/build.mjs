/** Compiles the programs into dist/, and the packages into theirs, when their sources have changed since the last time. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { alone } from './alone.mjs';
import { MAIN, ROOT } from './places.mjs';
import { Problem } from './problem.mjs';
import { run, step } from './run.mjs';

const STAMP = join(ROOT, 'dist', '.stamp');
const PROGRAMS = ['apps', 'libs'];
/** What others install: each compiled by itself, because it must not need anything of ours. */
const CLIENT = join(ROOT, 'packages', 'client');
const SETTINGS = ['tsconfig.json', 'nest-cli.json', 'package-lock.json'];

export async function ensureBuilt({ quiet = false } = {}) {
  if (isBuilt()) return;
  await alone('build', async () => {
    // Whoever had the lock before us may have done it.
    if (!isBuilt()) await (quiet ? build() : step('Building', build));
  });
}

async function build() {
  const hash = hashOfSources();
  // Without its stamp a build that is killed half-way is never taken for a whole one.
  rmSync(STAMP, { force: true });
  const start = Date.now();
  const nest = join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  // The command line starts every program, so building it builds them and every room they enter, each file once.
  // (`nest build --all` gives the same files, and reads the rooms again for each of a dozen projects.)
  const [{ code, output }] = await Promise.all([
    run(process.execPath, [nest, 'build', 'cli']),
    buildClient(),
  ]);
  if (code !== 0 || !existsSync(join(ROOT, MAIN)))
    throw new Problem(`The build failed:\n\n${output.trim() || `${MAIN} was not made`}`);
  removeWhatIsOlder(start);
  writeFileSync(STAMP, hash);
}

async function buildClient() {
  rmSync(join(CLIENT, 'dist'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run(process.execPath, [tsc, '-p', join(CLIENT, 'tsconfig.json')]);
  if (code !== 0) throw new Problem(`The build of packages/client failed:\n\n${output.trim()}`);
}

function isBuilt() {
  const made = [STAMP, join(ROOT, MAIN), join(CLIENT, 'dist', 'index.js')];
  return made.every((file) => existsSync(file)) && readFileSync(STAMP, 'utf8') === hashOfSources();
}

function hashOfSources() {
  const hash = createHash('sha256');
  const sources = [...PROGRAMS.map((folder) => join(ROOT, folder)), join(CLIENT, 'src')].flatMap(filesIn);
  sources.push(join(CLIENT, 'tsconfig.json'));
  for (const file of [...sources, ...SETTINGS.map((name) => join(ROOT, name))].sort()) {
    const content = readFileSync(file);
    // The length keeps the end of one file and the beginning of the next apart.
    hash.update(`${relative(ROOT, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** What compilation leaves out does not count: specs and their like can change without a build. */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(\.ts|tsconfig\.\w+\.json)$/.test(entry.name))
    .filter((entry) => !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

// Some file systems keep times to two seconds only.
const COARSEST_TIME_IN_MILLISECONDS = 2_000;

/** The compiler writes every file anew; what it did not write comes from a source that no longer exists. */
function removeWhatIsOlder(start) {
  for (const folder of PROGRAMS) {
    for (const entry of readdirSync(join(ROOT, 'dist', folder), { withFileTypes: true, recursive: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && statSync(file).mtimeMs < start - COARSEST_TIME_IN_MILLISECONDS) rmSync(file);
    }
  }
}
