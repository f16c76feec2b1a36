/** Groups as consumers know them. */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { publishedGroup } from '@app/directory';
import { findKnownGroup, findKnownUser, listKnownGroups } from '@app/projections';
import { Database } from '@app/runtime';
import { Directories } from '@app/tenancy';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from './query.js';

@Controller('directory_groups')
@UseGuards(ApiKeyGuard)
export class DirectoryGroupsController {
  constructor(
    private readonly database: Database,
    private readonly directories: Directories,
  ) {}

  /** By `directory` and by `user` (those that the person is in directly), both of which must hold; without any, all groups of all directories. */
  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
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
  async get(@Param('id') id: string): Promise<object> {
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
