/** What the thread of revocations and the thread that started it say to each other. */
import type { Config, Database } from '@app/runtime';

export interface FastLaneOrder {
  config: Config;
  version: string;
  /** Somebody counts, or traces, what is observed. */
  heard: boolean;
}

type Connections = Database['connections'];

export type FastLaneWord =
  | { kind: 'listening' }
  | { kind: 'observed'; event: string; fields: Record<string, unknown> }
  | ({ kind: 'connections' } & Connections);

export function connectionsOf({ inUse, idle, waiting }: Connections): Connections {
  return { inUse, idle, waiting };
}

/** A quarter of what one worker may use is kept for revocations: memory for events, and connections. */
const SHARE_OF_REVOCATIONS = 0.25;
const CONNECTIONS_AT_LEAST = 4;

/** The configuration of each thread. @returns the same in all but what they share out. */
export function lanesOf(config: Config): { webhooks: Config; revocations: Config } {
  const memory = Math.max(1, Math.floor(config.deliveryMemoryInMebibytes * SHARE_OF_REVOCATIONS));
  const connections = Math.max(
    CONNECTIONS_AT_LEAST,
    Math.ceil(config.databasePoolSize * SHARE_OF_REVOCATIONS),
  );
  return {
    webhooks: {
      ...config,
      deliveryMemoryInMebibytes: Math.max(1, config.deliveryMemoryInMebibytes - memory),
      databasePoolSize: Math.max(CONNECTIONS_AT_LEAST, config.databasePoolSize - connections),
    },
    revocations: { ...config, deliveryMemoryInMebibytes: memory, databasePoolSize: connections },
  };
}

/** What a thread is given has lost its class: bytes are bytes again. */
export function configGiven({ config }: FastLaneOrder): Config {
  return Object.freeze({ ...config, secretKey: Buffer.from(config.secretKey) });
}
