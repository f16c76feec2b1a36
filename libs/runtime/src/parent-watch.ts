/**
 * Notices that whoever started this program is gone. `npm start` hands Ctrl-C on, but when npm itself is killed the
 * program would stay behind, holding its port and its data folder.
 */
import { birthOf, nameOf, parentOf } from './processes.js';

const LOOK_EVERY_IN_MILLISECONDS = 500;

const SHELLS = new Set(['sh', 'dash', 'bash', 'zsh', 'ash', 'busybox', 'ksh']);

/**
 * Calls back once. Meant for programs started by npm: a program started with nohup or by a service manager outlives
 * its parent on purpose.
 * @returns what ends the watch.
 */
export function onParentGone(callback: () => void): () => void {
  const parent = process.ppid;
  const watched = startersOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && watched.every(({ pid, birth }) => birthOf(pid) === birth)) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_IN_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
}

/** npm runs `sh -c "node …"`. Some shells become the command, others stay between npm and us and outlive npm. */
function startersOf(parent: number): { pid: number; birth: string | undefined }[] {
  if (!SHELLS.has(nameOf(parent) ?? '')) return [];
  const grandparent = parentOf(parent);
  return grandparent === undefined || grandparent <= 1
    ? []
    : [{ pid: grandparent, birth: birthOf(grandparent) }];
}
