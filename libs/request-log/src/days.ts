/** Days of the request log. They are those of UTC, and an id of a request tells its own. */
import { crockford, type Tx } from '@app/runtime';

export const DAY_IN_MILLISECONDS = 86_400_000;

/** `2030-01-31`, so many days from a time. */
export function dayOf(time: Date, daysLater = 0): string {
  return new Date(time.getTime() + daysLater * DAY_IN_MILLISECONDS).toISOString().slice(0, 10);
}

/** The smallest id that a request of this time can have; ids sort by time. */
export function firstIdAt(time: Date): string {
  const bytes = new Uint8Array(16);
  // Before 1970 there were no requests, and after 10889 a ULID has no room.
  const milliseconds = Math.min(Math.max(time.getTime(), 0), 2 ** 48 - 1);
  for (let place = 5, rest = milliseconds; place >= 0; place -= 1, rest = Math.floor(rest / 256))
    bytes[place] = rest % 256;
  return `req_${crockford(bytes)}`;
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
