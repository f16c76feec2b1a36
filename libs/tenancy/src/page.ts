/** Pages of rows whose ids sort by time of making, as the consumer API cuts them: by an id, exclusive. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { directionOf, pageOfRows, type PageOfRows, type PageWish } from '@app/runtime';

export type PageRequest = PageWish;
export type Page<T> = PageOfRows<T>;

/** @param query selects the rows of the alias `row`, in any order. The cursor's own row need not exist any more. */
export async function pageOf<T extends ObjectLiteral & { id: string }>(
  query: SelectQueryBuilder<T>,
  page: PageRequest,
): Promise<Page<T>> {
  const { limit, order, after, before } = page;
  if (after) query.andWhere(`row.id ${order === 'asc' ? '>' : '<'} :after`, { after });
  if (before) query.andWhere(`row.id ${order === 'asc' ? '<' : '>'} :before`, { before });
  const direction = directionOf(page) === 'asc' ? 'ASC' : 'DESC';
  const found = await query
    .orderBy('row.id', direction)
    .limit(limit + 1)
    .getMany();
  return pageOfRows(found, page);
}
