/** `start`: everything in one process, on a database of its own unless DATABASE_URL names one. */
import { startHub } from '../../hub/src/main.js';
import { startWorkerWithFastLane } from '../../worker/src/fast-lane.js';
import {
  describeConfig,
  environment,
  migrate,
  Observations,
  openObserving,
  programLogin,
  readConfig,
  readSettings,
  SETTINGS,
  type Config,
  type Environment,
} from '@app/runtime';
import { embeddedEnvironment } from './embedded.js';
import { rememberFirstSteps, welcome } from './first-steps.js';
import { freePortFrom } from './free-port.js';
import { stopWith } from './stop.js';
import { version } from './version.js';

const SETTINGS_GIVEN = (Object.keys(SETTINGS) as (keyof Config)[]).filter((name) => name !== 'secretKey');

export async function start(): Promise<void> {
  const given = environment();
  // All that can be wrong is said before anything is made; the key is the one setting that this start may make itself.
  const { logLevel } = readSettings(given, SETTINGS_GIVEN);
  const observations = new Observations({ level: logLevel });
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  stopWith(closeAll, observations);
  try {
    const embedded = given.DATABASE_URL
      ? undefined
      : await embeddedEnvironment(given, observations, () => void closeAll().then(() => process.exit(1)));
    if (embedded) closers.push(() => embedded.stop());
    const config = readConfig(await withFreePort(embedded?.env ?? given));
    observations.info('starting', { version: version(), ...describeConfig(config) });
    await migrate(config.databaseUrl!);
    // The embedded database belongs to this start; its programs get a login that can never become the owner.
    const programs = embedded ? { ...config, databaseUrl: await programLogin(config.databaseUrl!) } : config;
    const observing = await openObserving(config, { program: 'start', version: version() });
    closers.push(() => observing.close());
    const hub = await startHub(programs, { version: version(), makeFirst: true, observing });
    closers.push(() => hub.close());
    const worker = await startWorkerWithFastLane(programs, { version: version(), observing });
    closers.push(() => worker.close());
    // With a database of the operator's own, credentials are shown once; the embedded start is there to be tried out.
    welcome(config, embedded ? await rememberFirstSteps(config, hub.made) : hub.made);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function withFreePort(env: Environment): Promise<Environment> {
  const { host, port } = readSettings(env, ['host', 'port']);
  const free = await freePortFrom(port, host);
  if (free !== port) console.log(`Port ${port} is taken; using ${free}.`);
  return { ...env, PORT: String(free) };
}
