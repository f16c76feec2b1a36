/** "Who was in group G on day D", all of it in one file. */
import { Injectable, type StreamableFile } from '@nestjs/common';
import { membershipsThen, type Moment, type Shown } from '@app/history';
import type { PageOfRows, PageWish } from '@app/runtime';
import type { Query } from '../consumer/query.js';
import { cellOf, csvFile, type Column } from './csv-file.js';
import { found, History, type Reading } from './history.js';

const ROWS_AT_ONCE = 500;

interface Line {
  moment: Moment;
  user: Shown;
  group: Shown | null;
}

@Injectable()
export class HistoryFiles {
  constructor(private readonly history: History) {}

  /** Everybody, or those who were in a group directly. */
  users(directoryId: string, query: Query, groupId?: string): Promise<StreamableFile> {
    return this.file(directoryId, query, async (reading, wish) => {
      const group = groupId === undefined ? null : await found(reading, 'group', groupId);
      const page = await this.history.usersOf(groupId)(reading, wish);
      return { ...page, data: page.data.map((user) => ({ user, group })) };
    });
  }

  memberships(directoryId: string, query: Query): Promise<StreamableFile> {
    return this.file(directoryId, query, membershipsThen);
  }

  private file(
    directoryId: string,
    query: Query,
    read: (reading: Reading, wish: PageWish) => Promise<PageOfRows<Omit<Line, 'moment'>>>,
  ): Promise<StreamableFile> {
    const { history } = this;
    let asOf = history.asOf(query);
    async function* pages(): AsyncGenerator<Line[]> {
      for (let after: string | null | undefined; after !== null;) {
        const wish = { limit: ROWS_AT_ONCE, order: 'asc' as const, after };
        const page = await history.at(directoryId, asOf, async (reading) => {
          const { data, after: next } = await read(reading, wish);
          const { moment } = reading.past;
          return { lines: data.map((line) => ({ ...line, moment })), next, moment };
        });
        // A time may mean another event a moment later; a file is of one.
        asOf = { position: page.moment.position };
        after = page.next;
        yield page.lines;
      }
    }
    return csvFile(`${directoryId}-as-of`, COLUMNS, pages());
  }
}

const COLUMNS: readonly Column<Line>[] = [
  ['as_of', ({ moment }) => moment.occurredAt],
  ['as_of_event_id', ({ moment }) => moment.eventId],
  ['directory_id', ({ moment }) => moment.directoryId],
  ['group_id', ({ group }) => cellOf(group?.['id'])],
  ['group_name', ({ group }) => cellOf(group?.['name'])],
  ['user_id', ({ user }) => cellOf(user['id'])],
  ['user_name', ({ user }) => cellOf(user['username'])],
  ['email', ({ user }) => cellOf(user['email'])],
  ['name', ({ user }) => cellOf(user['name'])],
  ['state', ({ user }) => cellOf(user['state'])],
  ['idp_id', ({ user }) => cellOf(user['idp_id'])],
  ['created_at', ({ user }) => cellOf(user['created_at'])],
  ['updated_at', ({ user }) => cellOf(user['updated_at'])],
];
