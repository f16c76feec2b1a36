/** How much of a hub snapshots and comparisons may take, as a class so that Nest can inject it. */
import type { Config } from '@app/runtime';

export class CompletenessSettings {
  constructor(
    readonly atOnce: number,
    readonly mostInMilliseconds: number,
  ) {}

  static of(
    config: Pick<Config, 'snapshotsAtOnce' | 'snapshotSeconds' | 'databasePoolSize'>,
  ): CompletenessSettings {
    // Each keeps a connection, and digests are counted by themselves: half of the pool is left for everything else.
    const atOnce = Math.max(1, Math.min(config.snapshotsAtOnce, Math.floor(config.databasePoolSize / 4)));
    return new CompletenessSettings(atOnce, config.snapshotSeconds * 1_000);
  }
}
