/** Directories as they were: the lists and single reads of the consumer API at a moment of the past. */
import { Injectable } from '@nestjs/common';
import { EventLog } from '@app/event-log';
import {
  groupsThen,
  membershipsThen,
  momentOf,
  oneThen,
  Past,
  readHistory,
  usersThen,
  type AsOf,
  type Shown,
} from '@app/history';
import { Clock, Database, type PageOfRows, type PageWish, type Tx } from '@app/runtime';
import { notFound } from '../consumer/api-error.js';
import { list, pageOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import { asOfIn, inHistorysWords, shownMoment } from './as-of.js';
import { checkCursors } from './cursors.js';

export interface Reading {
  tx: Tx;
  log: EventLog;
  past: Past;
}

type ListOf<T> = (reading: Reading, wish: PageWish) => Promise<PageOfRows<T>>;
/** What an answer says of each beside what the event that told of them says. */
type More<T> = (reading: Reading, shown: readonly T[]) => Promise<object[]>;
export const withNothingMore: More<object> = (_reading, shown) => Promise.resolve([...shown]);

@Injectable()
export class History {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  /** Everybody, or those who were in a group directly. `as_of` and the paging are read from the query. */
  users(directoryId: string, query: Query, groupId?: string): Promise<object> {
    return this.list(directoryId, query, {
      ids: ['user'],
      read: this.usersOf(groupId),
      more: withNothingMore,
    });
  }

  /** All groups, or those that a person was in directly. */
  groups(directoryId: string, query: Query, userId?: string): Promise<object> {
    return this.list(directoryId, query, {
      ids: ['group'],
      read: this.groupsOf(userId),
      more: withNothingMore,
    });
  }

  memberships(directoryId: string, query: Query): Promise<object> {
    return this.list(directoryId, query, {
      ids: ['group', 'user'],
      read: membershipsThen,
      more: withNothingMore,
    });
  }

  async user(directoryId: string, query: Query, id: string): Promise<object> {
    return this.one(directoryId, query, { kind: 'user', id, more: withNothingMore });
  }

  async group(directoryId: string, query: Query, id: string): Promise<object> {
    return this.one(directoryId, query, { kind: 'group', id, more: withNothingMore });
  }

  /** @throws ApiError in the words of the API */
  async at<T>(directoryId: string, asOf: AsOf, read: (reading: Reading) => Promise<T>): Promise<T> {
    const { database, log } = this;
    try {
      return await readHistory(database, async (tx) => {
        const moment = await momentOf(tx, log, directoryId, asOf);
        return read({ tx, log, past: await Past.at(tx, log, moment) });
      });
    } catch (error) {
      throw inHistorysWords(error, directoryId);
    }
  }

  asOf(query: Query): AsOf {
    const asOf = asOfIn(query, 'as_of', { log: this.log, now: this.clock.now() });
    if (asOf) return asOf;
    const message = 'as_of is needed: an ISO 8601 time, or the id of an event';
    throw invalid([{ field: 'as_of', code: 'required', message }]);
  }

  usersOf(groupId?: string): ListOf<Shown> {
    return async (reading, wish) => {
      if (groupId === undefined) return usersThen(reading, {}, wish);
      await found(reading, 'group', groupId);
      return usersThen(reading, { groupId }, wish);
    };
  }

  groupsOf(userId?: string): ListOf<Shown> {
    return async (reading, wish) => {
      if (userId === undefined) return groupsThen(reading, {}, wish);
      await found(reading, 'user', userId);
      return groupsThen(reading, { userId }, wish);
    };
  }

  async list<T extends object>(
    directoryId: string,
    query: Query,
    { ids, read, more }: { ids: ('user' | 'group')[]; read: ListOf<T>; more: More<T> },
  ): Promise<object> {
    const wish = pageOf(query);
    checkCursors(wish, ids);
    return this.at(directoryId, this.asOf(query), async (reading) => {
      const { data, before, after } = await read(reading, wish);
      const shown = await more(reading, data);
      return { ...list(shown, { before, after }, query), as_of: shownMoment(reading.past.moment) };
    });
  }

  one(
    directoryId: string,
    query: Query,
    { kind, id, more }: { kind: 'user' | 'group'; id: string; more: More<Shown> },
  ): Promise<object> {
    return this.at(directoryId, this.asOf(query), async (reading) => {
      const [shown] = await more(reading, [await found(reading, kind, id)]);
      return { ...shown, as_of: shownMoment(reading.past.moment) };
    });
  }
}

/** @throws ApiError 404 when consumers knew of none at the moment */
export async function found(reading: Reading, kind: 'user' | 'group', id: string): Promise<Shown> {
  const shown = await oneThen(reading, kind, id);
  if (shown) return shown;
  const { occurredAt } = reading.past.moment;
  throw notFound(`${kind === 'user' ? 'Directory user' : 'Directory group'} of ${occurredAt}`, id);
}
