/** The operator's hand: one file per verb. */
import { docs } from './docs.js';

const VERBS: Readonly<Record<string, (args: string[]) => Promise<void>>> = { docs };

const [verb = '', ...args] = process.argv.slice(2);
const run = VERBS[verb];
if (run) {
  await run(args);
} else {
  console.error(`There is no verb "${verb}". Verbs: ${Object.keys(VERBS).join(', ')}.`);
  process.exitCode = 2;
}
