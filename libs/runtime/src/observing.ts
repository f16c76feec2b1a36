/** Metrics and traces of a process, where the operator wants them. Off, neither is made, and nobody listens. */
import type { Config } from './config.js';
import type { Metrics, Source } from './metrics/metrics.js';
import type { Database } from './database.js';
import type { Observations } from './observations.js';

export interface Observing {
  /** Anybody counts or traces. */
  hears: boolean;
  /** Undefined when metrics are off. */
  metrics: Metrics | undefined;
  /** Where metrics are answered; undefined when they are off. */
  metricsPort: number | undefined;
  /** From now on what a program observes is counted and traced. A process may have several programs. */
  attach(ground: Observed, program: string): void;
  close(): Promise<void>;
}

/** What is looked at of a program. */
export interface Observed {
  observations: Pick<Observations, 'heardBy'>;
  database: Pick<Database, 'connections'>;
}

/** @throws when the metrics port cannot be opened. */
export async function openObserving(
  config: Config,
  { program, version }: { program: string; version: string },
): Promise<Observing> {
  const [counted, tracing] = await Promise.all([metricsOf(config), tracingOf(config, { program, version })]);
  return {
    hears: counted !== undefined || tracing !== undefined,
    metrics: counted?.metrics,
    metricsPort: counted?.listener.port,
    attach: ({ observations, database }, name) => {
      if (counted) {
        observations.heardBy(counted.metrics.hear);
        counted.metrics.addSource(connectionsOf(database, name));
      }
      if (tracing) observations.heardBy((event, fields) => tracing.hear(event, fields));
    },
    close: async () => {
      await counted?.listener.close();
      await tracing?.close();
    },
  };
}

async function metricsOf({ metricsPort: port, metricsHost: host, metricsToken: token }: Config) {
  if (port === undefined) return undefined;
  const [{ Metrics }, { MetricsListener }] = await Promise.all([
    import('./metrics/metrics.js'),
    import('./metrics/listener.js'),
  ]);
  const metrics = new Metrics();
  return { metrics, listener: await MetricsListener.open(metrics, { host, port, token }) };
}

async function tracingOf(config: Config, about: { program: string; version: string }) {
  if (config.traceEndpoint === undefined) return undefined;
  const { openTracing } = await import('./tracing/tracing.js');
  return openTracing({
    endpoint: config.traceEndpoint,
    headers: config.traceHeaders,
    service: config.traceService,
    ratio: config.traceRatio,
    ...about,
  });
}

/** One series for each pool: those of two programs in one process are told apart by name. */
function connectionsOf(database: Observed['database'], program: string): Source {
  const name = 'rollcall_database_connections';
  return {
    names: [],
    read: () => {
      const { inUse, idle, waiting } = database.connections;
      return Object.entries({ in_use: inUse, idle, waiting }).map(([state, value]) => ({
        ...{ name, value, labels: { program, state } },
      })) as Awaited<ReturnType<Source['read']>>;
    },
  };
}
