/** Feels the machine's pulse. One so busy that its database cannot be reached for seconds makes faults that nobody planned. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Disturbance } from './recording.js';
import type { ChaosDatabase } from './server.js';

const FEEL_EVERY_IN_MILLISECONDS = 1_000;
/** Programs give up a connection that is not made within 5 seconds; who has some of it behind him already is sooner there. */
const SLOW_FROM_IN_MILLISECONDS = 2_000;

export class Pulse {
  readonly disturbances: Disturbance[] = [];
  private over = false;
  private feeling: Promise<void>;

  constructor(private readonly database: ChaosDatabase) {
    this.feeling = this.feel();
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.feeling;
  }

  private async feel(): Promise<void> {
    while (!this.over) {
      const from = Date.now();
      // That it is away is somebody's doing, and known.
      await this.database.rows('select').catch(() => {});
      const to = Date.now();
      if (to - from > SLOW_FROM_IN_MILLISECONDS)
        this.disturbances.push({ kind: 'database slow', from, to, processes: undefined });
      await pause(FEEL_EVERY_IN_MILLISECONDS);
    }
  }
}
