/** Writes to the log as a program does: lock, heads, append, in one transaction. */
import type { Database, Tx } from '@app/runtime';
import { append, loadHeads, type NewEvent } from '../append.js';
import { lockDirectory } from '../lock.js';

export const NOON = '2030-01-01T12:00:00.000Z';

export function event(directoryId: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    directoryId,
    organizationId: 'org_1',
    type: 'UserCreated',
    subjects: ['directory_user_1'],
    data: { user: { id: 'directory_user_1', attributes: { userName: 'ada' } } },
    requestId: 'request-1',
    occurredAt: NOON,
    ...more,
  };
}

export function events(directoryId: string, count: number): NewEvent[] {
  return Array.from({ length: count }, (_, index) =>
    event(directoryId, { data: { index }, subjects: [`user_${index}`] }),
  );
}

/** @returns the position of the last event. */
export async function write(tx: Tx, news: NewEvent[], closing: string[] = []): Promise<number> {
  const ids = [...new Set(news.map(({ directoryId }) => directoryId))].sort();
  for (const id of ids) await lockDirectory(tx, id);
  return append(tx, news, await loadHeads(tx, ids), closing);
}

export function commit(database: Database, news: NewEvent[], closing: string[] = []): Promise<number> {
  return database.transaction((tx) => write(tx, news, closing));
}
