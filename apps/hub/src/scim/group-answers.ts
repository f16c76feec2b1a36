/** Groups as callers see them. Members are read only for a caller who asks to see them. */
import { Injectable } from '@nestjs/common';
import type { Group } from '@app/directory';
import { findResources, membersOf, SharedReads } from '@app/projections';
import { UnknownResource, type ChangedGroup } from '@app/provisioning';
import { Database, Observations } from '@app/runtime';
import { listResponse, parsePaging, present, wantsAttribute, type Json, type ListResponse } from '@app/scim';
import { filterOf } from './filter-of.js';
import { PAGING } from './paging.js';
import type { Asked } from './scim-request.js';

type JsonObject = { [key: string]: Json };

@Injectable()
export class GroupAnswers {
  constructor(
    private readonly database: Database,
    private readonly reads: SharedReads,
    private readonly observations: Observations,
  ) {}

  /** @throws UnknownResource */
  async find(asked: Asked, id: string): Promise<Group> {
    const group = await this.reads.group(asked.origin.directory.id, id);
    if (!group) throw new UnknownResource('Group', id);
    return group;
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

  /** The group after a command. Members that were left out because they do not exist must not go unseen. */
  changed({ group, unknownMembers }: ChangedGroup, asked: Asked): Group {
    if (unknownMembers.length > 0) {
      asked.notes.unknownMembers.push(...unknownMembers);
      this.observations.warn('unknown members left out', {
        requestId: asked.origin.requestId,
        directory: asked.origin.directory.id,
        group: group.id,
        members: unknownMembers,
      });
    }
    return group;
  }

  async one(group: Group, asked: Asked): Promise<JsonObject> {
    return (await this.all([group], asked))[0]!;
  }

  async all(groups: Group[], asked: Asked): Promise<JsonObject[]> {
    const wanted = groups.length > 0 && wantsAttribute(asked.projection, 'members');
    const ids = groups.map((group) => group.id);
    const members = wanted ? await membersOf(this.database, ids) : undefined;
    return groups.map((group) =>
      present(asked.shape, group, { ...asked, ...(members ? { members: members.get(group.id) ?? [] } : {}) }),
    );
  }
}
