/** Stops a program in order: on Ctrl-C, on SIGTERM, and when npm, which started it, is gone. */
import { onParentGone, startedByNpm, type Observations } from '@app/runtime';

// Deliveries in hand may take their whole deadline; after this time the process ends whatever still runs.
const PATIENCE_IN_MILLISECONDS = 30_000;

// npm hands Ctrl-C on, although the terminal has sent it to every program already: this soon, it is the same one.
const SAME_SIGNAL_WITHIN_IN_MILLISECONDS = 1_000;

/** @param close ends everything this program started. A second Ctrl-C does not wait for it. */
export function stopWith(close: () => Promise<void>, observations: Observations): void {
  let stoppingSince: number | undefined;
  const stop = (because: string): void => {
    if (stoppingSince !== undefined) {
      const again = performance.now() - stoppingSince > SAME_SIGNAL_WITHIN_IN_MILLISECONDS;
      if (because === 'SIGINT' && again) process.exit(130);
      return;
    }
    stoppingSince = performance.now();
    observations.info('stopping', { because });
    setTimeout(() => process.exit(1), PATIENCE_IN_MILLISECONDS).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        observations.error('stopping failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGHUP', () => stop('SIGHUP'));
  if (startedByNpm()) onParentGone(() => stop('the process that started us is gone'));
}
