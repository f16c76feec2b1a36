/** The settings of what workers do, keep and say of deliveries. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface DeliveryConfig {
  readonly deliveryAttemptDays: number;
  readonly deliveryLog: 'all' | 'failures';
  readonly workerName: string | undefined;
  readonly deliveryMemoryInMebibytes: number;
  readonly revocationTargetInSeconds: number;
}

export const DELIVERY_SETTINGS: { readonly [Field in keyof DeliveryConfig]: Setting<DeliveryConfig[Field]> } =
  {
    deliveryAttemptDays: {
      name: 'ROLLCALL_DELIVERY_ATTEMPT_DAYS',
      default: '30',
      sentence:
        'How many days each attempt at a delivery is kept for people to look at. ' +
        '`0` keeps none, and forgets those that were kept.',
      secret: false,
      read: value.wholeNumber(0, 400),
    },
    deliveryLog: {
      name: 'ROLLCALL_DELIVERY_LOG',
      default: 'all',
      sentence:
        'Which attempts get a line in the log of the worker: `all` of them, or only `failures` ' +
        '(the others then need the level `debug`).',
      secret: false,
      read: value.oneOf('all', 'failures'),
    },
    workerName: {
      name: 'ROLLCALL_WORKER_NAME',
      defaultInWords: 'host name and process id',
      sentence: 'The name under which a worker appears in the attempts it made.',
      secret: false,
      read: value.label,
    },
    deliveryMemoryInMebibytes: {
      name: 'ROLLCALL_DELIVERY_MEMORY_MIB',
      default: '64',
      sentence:
        'How many MiB of events one worker holds for all its destinations together, as they are stored; in memory they take ' +
        'several times as much. A quarter is kept for revocations. When it is used up, each destination reads one event at a time.',
      secret: false,
      read: value.wholeNumber(1, 65_536),
    },
    revocationTargetInSeconds: {
      name: 'ROLLCALL_REVOCATION_TARGET_SECONDS',
      default: '300',
      sentence:
        'How many seconds after somebody left an application may take to confirm that it has ended their sessions. Then others are told ' +
        '(`revocation.overdue`), once for each.',
      secret: false,
      read: value.wholeNumber(1, 604_800),
    },
  };
