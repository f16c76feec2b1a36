/** Installs the packages that package-lock.json names, when they are not all there. */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './alone.mjs';
import { ROOT } from './places.mjs';
import { Problem } from './problem.mjs';
import { run, step } from './run.mjs';

export async function ensureInstalled() {
  if (missingPackages().length === 0) return;
  await alone('install', async () => {
    // Whoever had the lock before us may have done it.
    const missing = missingPackages();
    if (missing.length === 0) return;
    if (isLink(join(ROOT, 'node_modules')))
      throw new Problem(
        `node_modules is a link, and what it leads to lacks ${missing.slice(0, 5).join(', ')}. ` +
          'Run `npm ci` where it leads to, or remove the link and try again.',
      );
    await step('Installing packages', install);
  });
}

async function install() {
  // Under NODE_ENV=production npm would leave out the compiler, and there would be nothing to build with.
  const options = ['--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  let { code, output } = await npm('ci', ...options);
  // A lock file written where the builds for other systems could not be had lacks them, and `npm ci` refuses it.
  // `npm install` takes the same locked versions, asks for the rest, and here leaves the file as it is.
  if (/\bEUSAGE\b/.test(output)) ({ code, output } = await npm('install', '--no-save', ...options));
  if (code !== 0) throw new Problem(`npm could not install the packages:\n\n${output.trim()}`);
  const missing = missingPackages();
  if (missing.length > 0)
    throw new Problem(`npm said it was done, but these are missing: ${missing.join(', ')}`);
}

function npm(...args) {
  // The npm that runs us, if one does, rather than another that may be first on the PATH.
  const file = process.env.npm_execpath;
  return file && /npm-cli\.[cm]?js$/.test(file) ? run(process.execPath, [file, ...args]) : run('npm', args);
}

/**
 * npm notes what it installed; that is compared with what is wanted, name by name. Times of files say nothing: git
 * gives a checkout the time of day.
 */
function missingPackages() {
  const wanted = packagesIn(join(ROOT, 'package-lock.json'));
  const present = packagesIn(join(ROOT, 'node_modules', '.package-lock.json'));
  return Object.keys(wanted).filter((path) => {
    const { version, optional } = wanted[path];
    // Packages for other operating systems are optional and stay away.
    if (path === '' || (optional && !present[path])) return false;
    return present[path]?.version !== version || !existsSync(join(ROOT, path));
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

function isLink(path) {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
