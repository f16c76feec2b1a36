/** The operator's hand: one file per verb. Each is loaded only when it is meant: a worker need not read what a hub is made of. */

interface Verb {
  run(args: string[]): Promise<void>;
  says: string;
}

const VERBS: Readonly<Record<string, Verb>> = {
  start: {
    run: async () => (await import('./start.js')).start(),
    says: 'everything in one process, on a database of its own unless DATABASE_URL names one',
  },
  hub: { run: async () => (await import('./hub.js')).hub(), says: 'answer HTTP' },
  worker: {
    run: async () => (await import('./worker.js')).worker(),
    says: 'follow the log, send webhooks and revocations',
  },
  migrate: {
    run: async () => (await import('./migrate.js')).migrate(),
    says: 'bring the database of DATABASE_URL to this release',
  },
  rebuild: {
    run: async (args) => (await import('./rebuild.js')).rebuild(args),
    says: 'make the views anew from the log: rebuild [directory_id …]',
  },
  history: {
    run: async () => (await import('./history.js')).history(),
    says: 'make anew from the log what questions about the past are answered from',
  },
  verify: {
    run: async () => (await import('./verify.js')).verify(),
    says: 'prove that the log is whole',
  },
  smoke: {
    run: async (args) => (await import('./smoke.js')).smoke(args),
    says: 'walk the whole way against a running hub: smoke [--url URL] [--key sk_…]',
  },
  docs: {
    run: async () => (await import('./docs.js')).docs(),
    says: 'write the reference pages that are made from the code',
  },
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
