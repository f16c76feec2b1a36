// Pages by cursor: RFC 9865. What a cursor holds is the business of whoever finds the resources; here it is a text.
import { quote, ScimError } from '../errors.js';
import { LIST_RESPONSE_URN, type ListResponse } from '../presentation/page.js';

export interface CursorPaging {
  /** Empty for the first page. */
  cursor: string;
  /** 1 or more. */
  count: number;
}

export type CursorListResponse<Resource = ListResponse['Resources'][number]> = Omit<
  ListResponse<Resource>,
  'startIndex'
> & { nextCursor?: string; previousCursor?: string };

/**
 * Reads cursor and count; undefined when the query has no cursor, and so is paged by index. More than the largest page is the largest page:
 * §2 lets a service return fewer.
 * @throws ScimError 400 invalidCursor when the query is paged by index too, 400 invalidCount for a count that is not 1 or more.
 */
export function parseCursorPaging(
  query: { cursor?: string | undefined; startIndex?: string | undefined; count?: string | undefined },
  { defaultCount, maxCount }: { defaultCount: number; maxCount: number },
): CursorPaging | undefined {
  if (query.cursor === undefined) return undefined;
  if (query.startIndex !== undefined && query.startIndex.trim() !== '') {
    throw new ScimError(400, 'cursor and startIndex exclude each other: send one of them.', 'invalidCursor');
  }
  const count = query.count?.trim() ?? '';
  if (count === '') return { cursor: query.cursor, count: defaultCount };
  if (!/^\+?\d+$/.test(count) || Number(count) < 1) {
    const range = `a whole number from 1 to ${maxCount}`;
    throw new ScimError(400, `With a cursor, count must be ${range}, not ${quote(count)}.`, 'invalidCount');
  }
  return { cursor: query.cursor, count: Math.min(Number(count), maxCount) };
}

/** One page; without `nextCursor` it is the last one. */
export function cursorResponse<Resource>(
  resources: Resource[],
  {
    totalResults,
    ...cursors
  }: { totalResults: number; nextCursor?: string | undefined; previousCursor?: string | undefined },
): CursorListResponse<Resource> {
  const { nextCursor, previousCursor } = cursors;
  return {
    schemas: [LIST_RESPONSE_URN],
    totalResults,
    itemsPerPage: resources.length,
    ...(nextCursor === undefined ? {} : { nextCursor }),
    ...(previousCursor === undefined ? {} : { previousCursor }),
    Resources: resources,
  };
}
