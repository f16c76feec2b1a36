/** From the parameters of a query to one page of resources: RFC 7644 §3.4.2, by index or by cursor (RFC 9865). */
import { Injectable } from '@nestjs/common';
import { findPage, type Page, type Window } from '@app/projections';
import { Database } from '@app/runtime';
import {
  cursorResponse,
  listResponse,
  parseCursorPaging,
  parsePaging,
  parseSort,
  type CursorListResponse,
  type ListResponse,
} from '@app/scim';
import { Cursors, type Question } from './cursors.js';
import { filterOf } from './filter-of.js';
import { PAGING } from './paging.js';
import type { Asked } from './scim-request.js';

export type Listed = ListResponse | CursorListResponse;

export interface FoundPage {
  found: Page['found'];
  /** The list that answers the query. @param resources what was found, as the caller shall see it. */
  answer(resources: ListResponse['Resources']): Listed;
}

@Injectable()
export class Pages {
  constructor(
    private readonly database: Database,
    private readonly cursors: Cursors,
  ) {}

  /**
   * @param asked once for each type of resource that the query is about; whose directory it is, they agree on.
   * @throws ScimError 400 for a query that cannot be understood.
   */
  async find(asked: readonly Asked[], query: Record<string, string>): Promise<FoundPage> {
    const { origin, baseUrl } = asked[0]!;
    const question: Question = { directoryId: origin.directory.id, parts: partsOf(asked, query) };
    const byCursor = parseCursorPaging(query, PAGING);
    if (!byCursor) {
      const { startIndex, count } = parsePaging(query, PAGING);
      const page = await this.page(question, baseUrl, { startIndex, count });
      const { found, totalResults } = page;
      return { found, answer: (resources) => listResponse(resources, { totalResults, startIndex }) };
    }
    const { cursor, count } = byCursor;
    const from = cursor === '' ? undefined : this.cursors.open(cursor, question);
    const { found, totalResults, next, previous } = await this.page(question, baseUrl, { count, from });
    const nextCursor = next && this.cursors.seal({ direction: 'after', place: next }, question);
    const previousCursor = previous && this.cursors.seal({ direction: 'before', place: previous }, question);
    return {
      found,
      answer: (resources) => cursorResponse(resources, { totalResults, nextCursor, previousCursor }),
    };
  }

  private page(question: Question, baseUrl: string, window: Window): Promise<Page> {
    return findPage(this.database, { ...question, baseUrl, window });
  }
}

function partsOf(asked: readonly Asked[], query: Record<string, string>): Question['parts'] {
  const shapes = asked.map(({ shape }) => shape);
  const sorts = parseSort(shapes, query);
  return asked.map((one, index) => ({
    type: one.shape,
    sort: sorts?.[index],
    ...filterOf(
      one,
      query['filter'],
      shapes.filter((shape) => shape !== one.shape),
    ),
  }));
}
