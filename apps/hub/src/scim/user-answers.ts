/** People as callers see them: read, listed, and presented with the groups that they are in. */
import { Injectable } from '@nestjs/common';
import type { User } from '@app/directory';
import { findResources, groupsOf, SharedReads } from '@app/projections';
import { UnknownResource } from '@app/provisioning';
import { Database } from '@app/runtime';
import { listResponse, parsePaging, present, wantsAttribute, type Json, type ListResponse } from '@app/scim';
import { filterOf } from './filter-of.js';
import { PAGING } from './paging.js';
import type { Asked } from './scim-request.js';

type JsonObject = { [key: string]: Json };

@Injectable()
export class UserAnswers {
  constructor(
    private readonly database: Database,
    private readonly reads: SharedReads,
  ) {}

  /** @throws UnknownResource */
  async find(asked: Asked, id: string): Promise<User> {
    const user = await this.reads.user(asked.origin.directory.id, id);
    if (!user) throw new UnknownResource('User', id);
    return user;
  }

  async list(asked: Asked, query: Record<string, string>): Promise<ListResponse> {
    const { startIndex, count } = parsePaging(query, PAGING);
    const { resources, totalResults } = await findResources(this.database, asked.shape, {
      directoryId: asked.origin.directory.id,
      startIndex,
      count,
      ...filterOf(asked, query['filter']),
    });
    return listResponse(await this.all(resources, asked), { totalResults, startIndex });
  }

  /** Nobody can have put a person into a group before they were there. */
  created(user: User, asked: Asked): JsonObject {
    return present(asked.shape, user, { ...asked, groups: [] });
  }

  async one(user: User, asked: Asked): Promise<JsonObject> {
    const wanted = wantsAttribute(asked.projection, 'groups');
    const groups = wanted ? { groups: await this.reads.groupsOf(user.id) } : {};
    return present(asked.shape, user, { ...asked, ...groups });
  }

  async all(users: User[], asked: Asked): Promise<JsonObject[]> {
    const wanted = users.length > 0 && wantsAttribute(asked.projection, 'groups');
    const ids = users.map((user) => user.id);
    const groups = wanted ? await groupsOf(this.database, ids) : undefined;
    return users.map((user) =>
      present(asked.shape, user, { ...asked, ...(groups ? { groups: groups.get(user.id) ?? [] } : {}) }),
    );
  }
}
