/** Pages of rows whose ids sort by time of making, as the consumer API cuts them: by an id, exclusive. */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

export interface PageRequest {
  limit: number;
  order: 'asc' | 'desc';
  after?: string | undefined;
  before?: string | undefined;
}

export interface Page<T> {
  data: T[];
  /** The id to ask for the page before or after this one with; null where there is none. */
  before: string | null;
  after: string | null;
}

/** @param query selects the rows of the alias `row`, in any order. The cursor's own row need not exist any more. */
export async function pageOf<T extends ObjectLiteral & { id: string }>(
  query: SelectQueryBuilder<T>,
  { limit, order, after, before }: PageRequest,
): Promise<Page<T>> {
  const forward = order === 'asc' ? '>' : '<';
  const backward = order === 'asc' ? '<' : '>';
  if (after) query.andWhere(`row.id ${forward} :after`, { after });
  if (before) query.andWhere(`row.id ${backward} :before`, { before });
  // A page before a cursor is read from the cursor backwards, then turned round.
  const backwards = before !== undefined && after === undefined;
  const direction = (order === 'asc') !== backwards ? 'ASC' : 'DESC';
  const found = await query
    .orderBy('row.id', direction)
    .limit(limit + 1)
    .getMany();
  const more = found.length > limit;
  const data = found.slice(0, limit);
  if (backwards) data.reverse();
  const first = data[0]?.id ?? null;
  const last = data.at(-1)?.id ?? null;
  return {
    data,
    before: (backwards ? more : after !== undefined) ? first : null,
    after: (backwards ? true : more) ? last : null,
  };
}
