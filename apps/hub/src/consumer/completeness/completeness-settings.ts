/** How much of a hub snapshots and comparisons may take, as a class so that Nest can inject it. */
import type { Config } from '@app/runtime';

/** What was written waits so long for the caller to take it. */
const TAKEN_WITHIN_IN_MILLISECONDS = 20_000;

export class CompletenessSettings {
  constructor(
    readonly atOnce: number,
    readonly mostInMilliseconds: number,
    readonly takenWithinInMilliseconds = TAKEN_WITHIN_IN_MILLISECONDS,
  ) {}

  static of(
    config: Pick<Config, 'snapshotsAtOnce' | 'snapshotSeconds' | 'databasePoolSize'>,
  ): CompletenessSettings {
    // Each keeps a connection, and digests are counted by themselves: half of the pool is left for everything else.
    const atOnce = Math.max(1, Math.min(config.snapshotsAtOnce, Math.floor(config.databasePoolSize / 4)));
    return new CompletenessSettings(atOnce, config.snapshotSeconds * 1_000);
  }
}
