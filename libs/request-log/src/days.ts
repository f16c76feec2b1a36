/** Days of the request log. They are those of UTC, and an id of a request tells its own. */
import { crockford, fromCrockford, type Tx } from '@app/runtime';

const PREFIX = 'req_';

/** The smallest id that a request of this time can have; ids sort by time. */
export function firstIdAt(time: Date): string {
  const bytes = Buffer.alloc(16);
  // Before 1970 there were no requests, and after 10889 a ULID has no room.
  bytes.writeUIntBE(Math.min(Math.max(time.getTime(), 0), 2 ** 48 - 1), 0, 6);
  return PREFIX + crockford(bytes);
}

/** When the request of this id came. @throws for what is no id of a request. */
export function timeOf(id: string): Date {
  const bytes = bytesOf(id);
  if (!bytes) throw new Error(`${id} is not the id of a request`);
  return new Date(Buffer.from(bytes).readUIntBE(0, 6));
}

/** Whether the id is one that a request can have. */
export function isRequestId(id: string): boolean {
  return bytesOf(id) !== undefined;
}

function bytesOf(id: string): Uint8Array | undefined {
  return id.startsWith(PREFIX) ? fromCrockford(id.slice(PREFIX.length)) : undefined;
}

/** Makes the partitions of these days where they are missing. @throws when a lock could not be had in time. */
export async function prepareDays(tx: Tx, days: string[]): Promise<void> {
  await tx.rows('select public.prepare_scim_request_day(day) from unnest($1::date[]) as day order by day', [
    days,
  ]);
}

/** Forgets everything that was asked before a day, exclusive. @returns how many days were forgotten. */
export async function forgetBefore(tx: Tx, day: string): Promise<number> {
  const [row] = await tx.rows<{ dropped: number }>(
    'select public.forget_scim_requests_before($1::date) as dropped',
    [day],
  );
  return row!.dropped;
}
