/** Lists, page by page. */

export interface List<Item> {
  object: 'list';
  data: Item[];
  /** Ids to go on from; null where there is nothing more in that direction. */
  list_metadata: { before: string | null; after: string | null };
}

export interface PageQuery {
  /** 1 to 100; 10 unless told otherwise. */
  limit?: number;
  after?: string;
  before?: string;
  order?: 'asc' | 'desc' | 'normal';
}

const LARGEST_PAGE = 100;

/** Everything of a list, one page in memory at a time. @param from the query; its limit is the size of a page. */
export async function* everything<Item, Query extends { after?: string; limit?: number }>(
  read: (query: Query) => Promise<List<Item>>,
  from: Query,
): AsyncGenerator<Item, void, undefined> {
  let query: Query = { limit: LARGEST_PAGE, ...from };
  for (;;) {
    const { data, list_metadata } = await read(query);
    yield* data;
    if (list_metadata.after === null) return;
    query = { ...query, after: list_metadata.after };
  }
}
