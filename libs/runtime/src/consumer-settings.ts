/** The settings of what is done for those who consume directories. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface ConsumerConfig {
  readonly dnsServers: readonly string[];
}

export const CONSUMER_SETTINGS: {
  readonly [Field in keyof ConsumerConfig]: Setting<ConsumerConfig[Field]>;
} = {
  dnsServers: {
    name: 'ROLLCALL_DNS_SERVERS',
    default: '',
    sentence:
      'DNS servers, separated by commas, that are asked whether a domain is an organization’s, such as ' +
      '`192.0.2.53,[2001:db8::53]:5353`. Without it, those of the system.',
    secret: false,
    read: value.dnsServers,
  },
};
