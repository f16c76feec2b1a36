/** `worker`: follows the log and runs errands. Any number may run. */
import { startWorkerWithFastLane } from '../../worker/src/fast-lane.js';
import { describeConfig, Observations, openObserving, readConfig } from '@app/runtime';
import { stopWith } from './stop.js';
import { version } from './version.js';

export async function worker(): Promise<void> {
  const config = readConfig();
  const observations = new Observations({ level: config.logLevel });
  observations.info('worker starting', { version: version(), ...describeConfig(config) });
  const observing = await openObserving(config, { program: 'worker', version: version() });
  const running = await startWorkerWithFastLane(config, { version: version(), observing });
  stopWith(() => running.close().finally(() => observing.close()), observations);
}
