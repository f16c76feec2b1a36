/** Groups as consumers know them. */
import { Controller, Get, Param, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { publishedGroup } from '@app/directory';
import { findKnownGroup, findKnownUser, listKnownGroups } from '@app/projections';
import { Database } from '@app/runtime';
import { Directories } from '@app/tenancy';
import { AnswersThen } from '../history/index.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from './query.js';

@Controller('directory_groups')
@UseGuards(ApiKeyGuard)
export class DirectoryGroupsController {
  constructor(
    private readonly database: Database,
    private readonly directories: Directories,
    private readonly then: AnswersThen,
  ) {}

  /** By `directory` and by `user` (those that the person is in directly), both of which must hold; without any, all groups of all directories. With `as_of`: as it was then. */
  @Get()
  async list(@Query() query: QueryParameters, @Req() request: FastifyRequest): Promise<object> {
    if (this.then.areAskedFor(query, request)) return this.then.groups(query);
    const wanted = { directoryId: textOf(query, 'directory'), userId: textOf(query, 'user') };
    const { data, before, after } = await listKnownGroups(this.database, { ...wanted, page: pageOf(query) });
    // Whoever found a group has named what exists.
    if (data.length === 0) await this.refuseUnknown(wanted);
    return list(
      data.map((group) => publishedGroup(group, group)),
      { before, after },
      query,
    );
  }

  @Get(':id')
  async get(
    @Param('id') id: string,
    @Query() query: QueryParameters,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    if (this.then.areAskedFor(query, request)) return this.then.group(id, query);
    const group = await findKnownGroup(this.database, id);
    if (!group) throw notFound('Directory Group', id);
    return publishedGroup(group, group);
  }

  private async refuseUnknown({
    directoryId,
    userId,
  }: {
    directoryId?: string | undefined;
    userId?: string | undefined;
  }): Promise<void> {
    if (directoryId !== undefined && !(await this.directories.find(directoryId)))
      throw notFound('Directory', directoryId);
    if (userId !== undefined && !(await findKnownUser(this.database, userId)))
      throw notFound('Directory User', userId);
  }
}
