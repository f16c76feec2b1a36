import { Problem } from './problem.mjs';

const OLDEST = [20, 19];

/** @param version as in `process.versions.node` */
export function assertNodeVersion(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new Problem(
    `Rollcall needs Node ${OLDEST.join('.')} or newer, and this is Node ${version}. ` +
      'Install a newer one from https://nodejs.org, then run the same command again.',
  );
}
