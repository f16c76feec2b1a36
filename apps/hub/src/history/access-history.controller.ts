/** "Who had access to what, when, and who said so?": intervals of membership, each with what began and what ended it. */
import { Controller, Get, Param, Query, UseGuards, type StreamableFile } from '@nestjs/common';
import { EventLog } from '@app/event-log';
import { Clock, Database, searchWithin, SearchTookTooLong, type PageOfRows, type Tx } from '@app/runtime';
import {
  accessIntervals,
  BeforeTheDirectory,
  knownToTheLog,
  momentOf,
  type AccessFilter,
  type Interval,
  type PositionWish,
} from '@app/history';
import { ApiError, notFound } from '../consumer/api-error.js';
import { list, pageOf, textOf, type Query as QueryParameters } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import { asOfIn, inHistorysWords } from './as-of.js';
import {
  ACCESS_COLUMNS,
  surroundingsOf,
  shownIntervals,
  type Surroundings,
  type ShownInterval,
} from './access-intervals.js';
import { Causes } from './causes.js';
import { csvFile, isCsv } from './csv-file.js';
import { positionsOf } from './cursors.js';
import { HistoryGuard } from './history.guard.js';

const SEARCH_LIMIT_IN_MILLISECONDS = 10_000;
const ROWS_AT_ONCE = 200;

@Controller('directories/:directory/access_history')
@UseGuards(HistoryGuard)
export class AccessHistoryController {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly causes: Causes,
  ) {}

  /** With `format=csv` all of them in one file, by when they began. */
  @Get()
  async list(
    @Param('directory') directoryId: string,
    @Query() query: QueryParameters,
  ): Promise<object | StreamableFile> {
    const page = pageOf(query);
    const wish = { ...page, ...positionsOf(page, this.log) };
    const isFile = isCsv(query);
    const filter = await this.filterOf(directoryId, query);
    if (isFile) return csvFile(`access-${directoryId}`, ACCESS_COLUMNS, this.everything(filter));
    const { data, before, after } = await this.page(filter, wish);
    return list(data, { before, after }, query);
  }

  private async *everything(filter: AccessFilter): AsyncGenerator<ShownInterval[]> {
    for (let after: number | undefined; ;) {
      const page = await this.page(filter, { limit: ROWS_AT_ONCE, order: 'asc', after });
      yield page.data;
      if (page.after === null) return;
      after = this.log.positionOf(page.after);
    }
  }

  private async page(filter: AccessFilter, wish: PositionWish): Promise<PageOfRows<ShownInterval>> {
    const { database, log } = this;
    const search = async (tx: Tx): Promise<{ found: PageOfRows<Interval>; beside: Surroundings }> => {
      const found = await accessIntervals(tx, log, filter, wish);
      return { found, beside: await surroundingsOf(tx, log, found.data, filter) };
    };
    try {
      const { found, beside } = await searchWithin(database, SEARCH_LIMIT_IN_MILLISECONDS, search);
      // With the transaction over: nobody should hold a connection and wait for another.
      const causes = (ids: string[]): ReturnType<Causes['of']> => this.causes.of(database, ids);
      return { ...found, data: await shownIntervals(found.data, beside, causes) };
    } catch (error) {
      if (!(error instanceof SearchTookTooLong)) throw error;
      const message =
        'The page took too long. Ask for fewer lines (limit), or again when the database has less to do.';
      throw new ApiError(400, 'search_too_broad', message);
    }
  }

  private async filterOf(directoryId: string, query: QueryParameters): Promise<AccessFilter> {
    const [memberId, groupId] = [textOf(query, 'user'), textOf(query, 'group')];
    if (memberId === undefined && groupId === undefined) {
      const message = 'user or group is needed: the id of a person, of a group, or both';
      throw invalid([{ field: 'user', code: 'required', message }]);
    }
    // Without one, what is there now: what comes while pages are read is on none of them.
    const to = await this.positionOf(directoryId, query, 'to', Number.MAX_SAFE_INTEGER);
    const from = await this.positionOf(directoryId, query, 'from', 0);
    if (from > to) {
      throw invalid([{ field: 'from', code: 'invalid_range', message: 'from must not be later than to' }]);
    }
    for (const [kind, id] of [
      ['user', memberId],
      ['group', groupId],
    ] as const) {
      const known = id === undefined ? undefined : await knownToTheLog(this.database, id);
      if (id !== undefined && (known?.directoryId !== directoryId || known.kind !== kind))
        throw notFound(kind === 'user' ? 'Directory user' : 'Directory group', id);
    }
    return { directoryId, memberId, groupId, from, to };
  }

  /** Of the last event then. A time from before the directory is the beginning. @param usual where the parameter is absent */
  private async positionOf(
    directoryId: string,
    query: QueryParameters,
    name: 'from' | 'to',
    usual: number,
  ): Promise<number> {
    const { database, log } = this;
    const asOf = asOfIn(query, name, { log, now: this.clock.now() }) ?? { position: usual };
    try {
      return (await momentOf(database, log, directoryId, asOf)).position;
    } catch (error) {
      if (error instanceof BeforeTheDirectory) return 0;
      throw inHistorysWords(error, directoryId);
    }
  }
}
