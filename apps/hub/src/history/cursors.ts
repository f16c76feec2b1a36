/** Cursors of lists of the past are ids; of memberships, that of the group and that of the person. */
import type { PageWish } from '@app/runtime';
import { ApiError } from '../consumer/api-error.js';

const ID = {
  user: /^directory_user_[0-9A-HJKMNP-TV-Z]{26}$/,
  group: /^directory_group_[0-9A-HJKMNP-TV-Z]{26}$/,
};

/** @throws ApiError 400 for a cursor that no such list ever gives out */
export function checkCursors(
  { after, before }: Pick<PageWish, 'after' | 'before'>,
  kinds: readonly ('user' | 'group')[],
): void {
  for (const cursor of [after, before]) {
    if (cursor === undefined) continue;
    const parts = cursor.split(':');
    if (parts.length === kinds.length && kinds.every((kind, index) => ID[kind].test(parts[index]!))) continue;
    const message = `'${cursor}' is no cursor of this list. Leave it out to begin with the first page.`;
    throw new ApiError(400, 'invalid_cursor', message);
  }
}

/** Cursors of lists of events are their ids. @throws ApiError 400 for what is no id of an event */
export function positionsOf(
  { after, before }: Pick<PageWish, 'after' | 'before'>,
  log: { positionOf(id: string): number | undefined },
): { after: number | undefined; before: number | undefined } {
  const [first, second] = [after, before].map((id) => {
    const position = id === undefined ? undefined : log.positionOf(id);
    if (id === undefined || position !== undefined) return position;
    const message = `'${id}' is not the id of an event. Leave it out to begin with the first page.`;
    throw new ApiError(400, 'invalid_cursor', message);
  });
  return { after: first, before: second };
}
