/** Searches among many rows: conditions with their values, pages by id, and an end to those that take too long. */
import type { Database, Tx } from './database.js';

export interface PageWish {
  limit: number;
  order: 'asc' | 'desc';
  after?: string | undefined;
  before?: string | undefined;
}

export interface PageOfRows<T> {
  data: T[];
  /** The id to ask for the page before or after this one with; null where there is none. */
  before: string | null;
  after: string | null;
}

/** Conditions of one statement, all of which must hold. */
export class Conditions {
  readonly values: unknown[] = [];
  private readonly all = ['true'];

  get text(): string {
    return this.all.join(' and ');
  }

  /** @param condition with a `?` for the value; left out where there is none. */
  add(condition: string, value: unknown): void {
    if (value === undefined) return;
    this.values.push(value);
    this.all.push(condition.replace('?', `$${this.values.length}`));
  }

  /** One that has no value. */
  say(condition: string): void {
    this.all.push(condition);
  }

  /** @param cursors as the column `id` has them; the rows themselves need not exist any more. */
  addCursors({ order, after, before }: Omit<PageWish, 'limit'>): void {
    this.add(order === 'asc' ? 'id > ?' : 'id < ?', after);
    this.add(order === 'asc' ? 'id < ?' : 'id > ?', before);
  }
}

/** A page before a cursor is read from the cursor backwards, then turned round. */
function isBackwards({ after, before }: PageWish): boolean {
  return before !== undefined && after === undefined;
}

/** In which order the rows of a page are read. */
export function directionOf(wish: PageWish): 'asc' | 'desc' {
  return (wish.order === 'asc') !== isBackwards(wish) ? 'asc' : 'desc';
}

/** @param found the rows in `directionOf`, one more than the limit when there are more. */
export function pageOfRows<T extends { id: string }>(found: readonly T[], wish: PageWish): PageOfRows<T> {
  const backwards = isBackwards(wish);
  const more = found.length > wish.limit;
  const data = found.slice(0, wish.limit);
  if (backwards) data.reverse();
  return {
    data,
    before: (backwards ? more : wish.after !== undefined) ? (data[0]?.id ?? null) : null,
    after: (backwards ? true : more) ? (data.at(-1)?.id ?? null) : null,
  };
}

/** A search that reads millions of rows for a handful must not keep a connection for minutes. */
export class SearchTookTooLong extends Error {
  constructor(cause: unknown) {
    super('the search took too long', { cause });
    this.name = 'SearchTookTooLong';
  }
}

const QUERY_CANCELED = '57014';

/** @throws SearchTookTooLong */
export async function searchWithin<T>(
  database: Database,
  limitInMilliseconds: number,
  search: (tx: Tx) => Promise<T>,
): Promise<T> {
  try {
    return await database.transaction(async (tx) => {
      await tx.rows(`set local statement_timeout = ${limitInMilliseconds}`);
      return search(tx);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === QUERY_CANCELED) throw new SearchTookTooLong(error);
    throw error;
  }
}
