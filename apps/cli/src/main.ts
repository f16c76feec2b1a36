/** The operator's hand: one file per verb. */
import { docs } from './docs.js';
import { hub } from './hub.js';
import { migrate } from './migrate.js';
import { rebuild } from './rebuild.js';
import { smoke } from './smoke.js';
import { start } from './start.js';
import { verify } from './verify.js';
import { worker } from './worker.js';

interface Verb {
  run(args: string[]): Promise<void>;
  says: string;
}

const VERBS: Readonly<Record<string, Verb>> = {
  start: {
    run: start,
    says: 'everything in one process, on a database of its own unless DATABASE_URL names one',
  },
  hub: { run: hub, says: 'answer HTTP' },
  worker: { run: worker, says: 'follow the log, send webhooks and revocations' },
  migrate: { run: migrate, says: 'bring the database of DATABASE_URL to this release' },
  rebuild: { run: rebuild, says: 'make the views anew from the log: rebuild [directory_id …]' },
  verify: { run: verify, says: 'prove that the log is whole' },
  smoke: { run: smoke, says: 'walk the whole way against a running hub: smoke [--url URL] [--key sk_…]' },
  docs: { run: docs, says: 'write the reference pages that are made from the code' },
};

const [name = '', ...args] = process.argv.slice(2);
const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
if (verb) {
  await verb.run(args).catch((error: unknown) => {
    // What an operator can mend is a sentence, not a stack; the stack is for what nobody foresaw.
    const known =
      error instanceof Error &&
      ['InvalidConfig', 'SchemaBehind', 'FolderInUse', 'NoEmbeddedDatabase', 'SealBroken'].includes(
        error.name,
      );
    console.error(known ? error.message : error);
    process.exit(1);
  });
} else {
  console.error(`${name ? `There is no verb "${name}".` : 'Say what to do.'} The verbs:\n`);
  for (const [known, { says }] of Object.entries(VERBS)) console.error(`  ${known.padEnd(8)} ${says}`);
  process.exitCode = 2;
}
