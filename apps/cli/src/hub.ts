/** `hub`: answers HTTP, with the database and the queue that the environment names. Any number may run. */
import { startHub } from '../../hub/src/main.js';
import { describeConfig, Observations, openObserving, readConfig } from '@app/runtime';
import { stopWith } from './stop.js';
import { version } from './version.js';

export async function hub(): Promise<void> {
  const config = readConfig();
  const observations = new Observations({ level: config.logLevel });
  observations.info('hub starting', { version: version(), ...describeConfig(config) });
  const observing = await openObserving(config, { program: 'hub', version: version() });
  const running = await startHub(config, { version: version(), observing });
  stopWith(() => running.close().finally(() => observing.close()), observations);
}
