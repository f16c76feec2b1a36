/** The events about one person or group, page by page, in the order of the log. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { EventLog } from '@app/event-log';
import { directionOf, pageOfRows, type PageOfRows, type PageWish, type Tx } from '@app/runtime';
import { withoutPurged } from './purged.js';

/** A person or group that the log has events of. */
export interface Known {
  id: string;
  directoryId: string;
  organizationId: string;
  kind: 'user' | 'group';
}

/** @returns undefined for an id of which the log has no event. */
export async function knownToTheLog(tx: Tx, id: string): Promise<Known | undefined> {
  const [first] = await tx.rows<{ directory_id: string; organization_id: string; type: string }>(
    'select directory_id, organization_id, type from event where subjects[1] = $1 order by position limit 1',
    [id],
  );
  if (!first) return undefined;
  const kind = first.type.startsWith('User') ? 'user' : 'group';
  if (kind === 'group' && !/^(Group|Membership)/.test(first.type)) return undefined;
  return { id, directoryId: first.directory_id, organizationId: first.organization_id, kind };
}

/** A page, whose cursors are positions. */
export interface PositionWish extends Pick<PageWish, 'limit' | 'order'> {
  after?: number | undefined;
  before?: number | undefined;
}

/**
 * Every event about them, told to consumers or not: their own, their memberships, and the end of their directory where they were there
 * until then. Two statements.
 */
export async function eventsAbout(
  tx: Tx,
  log: EventLog,
  { id, directoryId }: Known,
  { limit, order, after, before }: PositionWish,
): Promise<PageOfRows<RecordedEvent>> {
  const wish: PageWish = { limit, order, after: after?.toString(), before: before?.toString() };
  const direction = directionOf(wish);
  const [low, high] = order === 'asc' ? [after, before] : [before, after];
  const rows = await tx.rows<{ position: number }>(ABOUT.replaceAll('DIRECTION', direction), [
    id,
    low ?? 0,
    high ?? Number.MAX_SAFE_INTEGER,
    limit + 1,
    directoryId,
  ]);
  const page = pageOfRows(
    rows.map(({ position }) => ({ id: String(position) })),
    wish,
  );
  const entries = await log.at(
    tx,
    page.data.map((row) => Number(row.id)),
  );
  const events = await withoutPurged(tx, entries.map(recorded));
  const known = new Map(events.map((event) => [String(event.position), event]));
  const idOf = (position: string | null): string | null => position && known.get(position)!.id;
  return {
    data: page.data.map((row) => known.get(row.id)!),
    before: idOf(page.before),
    after: idOf(page.after),
  };
}

// Each branch is a walk along an index, and ends after a page. An id that was never the second subject costs one look.
const ABOUT = `
  select position from (
    (select position from event
      where subjects[1] = $1 and position > $2 and position < $3 order by position DIRECTION limit $4)
    union all
    (select position from event
      where subjects[2] = $1 and position > $2 and position < $3 order by position DIRECTION limit $4)
    union all
    (select position from event
      where subjects[1] = $5 and type = 'DirectoryDeleted' and position > $2 and position < $3
        and coalesce((select type not in ('UserDeleted', 'GroupDeleted') from event
                       where subjects[1] = $1 order by position desc limit 1), false))
  ) as about order by position DIRECTION limit $4`;
