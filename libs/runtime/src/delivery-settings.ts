/** The settings of what a worker does for its destinations. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface DeliveryConfig {
  readonly deliveryMemoryInMebibytes: number;
}

export const DELIVERY_SETTINGS: { readonly [Field in keyof DeliveryConfig]: Setting<DeliveryConfig[Field]> } =
  {
    deliveryMemoryInMebibytes: {
      name: 'ROLLCALL_DELIVERY_MEMORY_MIB',
      default: '64',
      sentence:
        'How many MiB of events one worker holds for all its destinations together, as they are stored; in memory they take ' +
        'several times as much. When it is used up, each destination reads one event at a time.',
      secret: false,
      read: value.wholeNumber(1, 65_536),
    },
  };
