/** `GET /directory_users` and `/directory_groups` with `as_of`: what they answered then, groups and roles included. */
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { knownToTheLog, withGroupsThen, type Known } from '@app/history';
import { Database } from '@app/runtime';
import { notFound } from '../consumer/api-error.js';
import type { WithApiKey } from '../consumer/api-key.guard.js';
import { textOf, type Query } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import { mayReadHistory } from './history.guard.js';
import { History, withNothingMore } from './history.js';

@Injectable()
export class AnswersThen {
  constructor(
    private readonly database: Database,
    private readonly history: History,
  ) {}

  /** @throws ApiError 403 where the past is asked for by a key that may not read it */
  areAskedFor(query: Query, request: FastifyRequest): boolean {
    // An empty one is a moment that somebody forgot to fill in: it must not be answered with the present.
    if (query['as_of'] === undefined) return false;
    mayReadHistory(request as FastifyRequest & WithApiKey);
    return true;
  }

  /** By `directory` and `group`; a moment is one directory's, so that one of them is needed. */
  async users(query: Query): Promise<object> {
    for (const name of ['idp_id', 'email']) {
      if (textOf(query, name) === undefined) continue;
      const message = `${name} finds people by what they are called now, and cannot be combined with as_of. Look the id up without as_of, or read the list of the directory`;
      throw invalid([{ field: name, code: 'not_with_as_of', message }]);
    }
    const groupId = textOf(query, 'group');
    const directoryId = await this.directoryOf(query, 'group', groupId);
    const read = this.history.usersOf(groupId);
    return this.history.list(directoryId, query, { ids: ['user'], read, more: withGroupsThen });
  }

  async user(id: string, query: Query): Promise<object> {
    const directoryId = await this.directoryHolding('user', id);
    return this.history.one(directoryId, query, { kind: 'user', id, more: withGroupsThen });
  }

  /** By `directory` and `user`, one of which is needed. */
  async groups(query: Query): Promise<object> {
    const userId = textOf(query, 'user');
    const directoryId = await this.directoryOf(query, 'user', userId);
    const read = this.history.groupsOf(userId);
    return this.history.list(directoryId, query, { ids: ['group'], read, more: withNothingMore });
  }

  async group(id: string, query: Query): Promise<object> {
    const directoryId = await this.directoryHolding('group', id);
    return this.history.one(directoryId, query, { kind: 'group', id, more: withNothingMore });
  }

  private async directoryOf(query: Query, kind: Known['kind'], id: string | undefined): Promise<string> {
    const directoryId = textOf(query, 'directory');
    if (directoryId !== undefined) return directoryId;
    if (id !== undefined) return this.directoryHolding(kind, id);
    const message = `as_of needs directory or ${kind} beside it: a moment of the past is one directory's`;
    throw invalid([{ field: 'directory', code: 'required', message }]);
  }

  private async directoryHolding(kind: Known['kind'], id: string): Promise<string> {
    const known = await knownToTheLog(this.database, id);
    if (known?.kind !== kind) throw notFound(kind === 'user' ? 'Directory user' : 'Directory group', id);
    return known.directoryId;
  }
}
