/** The settings of answers that read whole directories. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface CompletenessConfig {
  readonly snapshotsAtOnce: number;
  readonly snapshotSeconds: number;
}

export const COMPLETENESS_SETTINGS: {
  readonly [Field in keyof CompletenessConfig]: Setting<CompletenessConfig[Field]>;
} = {
  snapshotsAtOnce: {
    name: 'ROLLCALL_SNAPSHOTS_AT_ONCE',
    default: '4',
    sentence:
      'How many snapshots and comparisons one hub answers at a time, and as many digests. Each keeps a database connection; ' +
      'half of the pool is never used for them. Who comes beyond that is told to come again (503).',
    secret: false,
    read: value.wholeNumber(1, 100),
  },
  snapshotSeconds: {
    name: 'ROLLCALL_SNAPSHOT_SECONDS',
    default: '900',
    sentence:
      'How long one snapshot or comparison may take; then its connection is closed. So long the database keeps what is ' +
      'changed meanwhile in its old form as well.',
    secret: false,
    read: value.wholeNumber(1, 86_400),
  },
};
