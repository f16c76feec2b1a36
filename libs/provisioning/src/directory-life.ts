/** The first and the last event of a directory. What else has to happen with it goes into the same transaction. */
import { subjectsOf, type DirectoryEvent, type DirectoryFacts, type NamedDomain } from '@app/directory';
import { append, loadHeads, lockDirectory } from '@app/event-log';
import { clearDirectory } from '@app/projections';
import type { Tx } from '@app/runtime';

export interface Occasion {
  requestId: string;
  now: Date;
}

/** @param activated with the domains that its organization has now. */
export async function activateDirectory(
  tx: Tx,
  activated: { directory: DirectoryFacts; domains: readonly NamedDomain[] },
  occasion: Occasion,
): Promise<void> {
  await record(tx, { type: 'DirectoryActivated', data: activated }, occasion);
}

/** Empties the directory's views and ends its log; commands that come later are refused as DirectoryClosed. */
export async function closeDirectory(tx: Tx, directory: DirectoryFacts, occasion: Occasion): Promise<void> {
  await record(tx, { type: 'DirectoryDeleted', data: { directory } }, occasion);
}

async function record(tx: Tx, event: DirectoryEvent, { requestId, now }: Occasion): Promise<void> {
  const { id, organizationId } = event.data.directory;
  await lockDirectory(tx, id);
  const heads = await loadHeads(tx, [id]);
  const closes = event.type === 'DirectoryDeleted';
  if (closes) await clearDirectory(tx, id);
  await append(
    tx,
    [
      {
        directoryId: id,
        organizationId,
        type: event.type,
        subjects: subjectsOf(event),
        data: event.data,
        requestId,
        occurredAt: now.toISOString(),
      },
    ],
    heads,
    closes ? [id] : [],
  );
}
