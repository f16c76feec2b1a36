/** A worker process, the log that it follows, and receivers: for scenarios about many destinations at once. */
import { Bell } from '@app/delivery';
import { Observations, Queues } from '@app/runtime';
import { newWebhookSecret } from '@app/webhooks';
import { ada } from '../../libs/delivery/src/testing/events.js';
import { openStage, type PlainEvent, type Stage } from '../../libs/delivery/src/testing/stage.js';
import { freshDatabase } from './database.js';
import { runProgram, type RunningProgram } from './program.js';

export interface WorkerStage {
  stage: Stage;
  worker: RunningProgram;
  webhook(organizationId: string, url: string, delivery?: Record<string, unknown>): Promise<string>;
  /** Written to the log, and the worker is woken, as a hub does. @returns when it was committed, as `Date.now()`. */
  commit(organizationId: string, events: PlainEvent[]): Promise<number>;
  close(): Promise<void>;
}

export function userCreated(id: string): PlainEvent {
  return { type: 'UserCreated', subjects: [id], data: { user: { ...ada, id } } };
}

export async function openWorkerStage(): Promise<WorkerStage> {
  const database = await freshDatabase();
  const stage = await openStage(database.url);
  const queues = new Queues({ databaseUrl: database.url, onError: () => undefined });
  const bell = new Bell((name) => queues.queue(name), new Observations({ write: () => undefined }));
  const worker = runProgram('worker', {
    DATABASE_URL: database.url,
    ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
    ROLLCALL_LOG_LEVEL: 'info',
  });
  await worker.ready.catch(async (error: unknown) => {
    await queues.close();
    await stage.close();
    await database.drop();
    throw error;
  });
  return {
    ...{ stage, worker },
    webhook: (organizationId, url, delivery = {}) =>
      stage.destination({
        ...{ protocol: 'webhook', organizationId, delivery },
        settings: { endpoint_url: url },
        secret: newWebhookSecret(Buffer.alloc(32, 9)),
      }),
    commit: async (organizationId, events) => {
      await stage.append(organizationId, events);
      bell.ring();
      return Date.now();
    },
    close: async () => {
      await worker.kill9();
      await queues.close();
      await stage.close();
      await database.drop();
    },
  };
}

/** @param share from 0 to 1. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
