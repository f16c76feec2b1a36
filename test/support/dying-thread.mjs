/** Loaded into a worker by `--import`: its thread of revocations ends in the way that a file says, as soon as there is the file. */
import { existsSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const LOOK_EVERY_IN_MILLISECONDS = 50;

if (!isMainThread)
  setInterval(() => {
    const file = process.env.HOW_THE_THREAD_ENDS;
    if (!existsSync(file)) return;
    if (readFileSync(file, 'utf8') === 'throws') throw new Error('something that nobody catches');
    process.exit(7); // in a thread this ends the thread alone
  }, LOOK_EVERY_IN_MILLISECONDS).unref();
