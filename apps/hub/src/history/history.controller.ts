/** `/directories/{id}/history/…`: who and what a directory held at a moment. Deleted directories have a past too. */
import { Controller, Get, Param, Query, UseGuards, type StreamableFile } from '@nestjs/common';
import type { Query as QueryParameters } from '../consumer/query.js';
import { isCsv } from './csv-file.js';
import { HistoryGuard } from './history.guard.js';
import { History } from './history.js';
import { HistoryFiles } from './history-files.js';

type Answer = Promise<object | StreamableFile>;

@Controller('directories/:directory/history')
@UseGuards(HistoryGuard)
export class HistoryController {
  constructor(
    private readonly history: History,
    private readonly files: HistoryFiles,
  ) {}

  @Get('users')
  async users(@Param('directory') directory: string, @Query() query: QueryParameters): Answer {
    if (isCsv(query)) return this.files.users(directory, query);
    return this.history.users(directory, query);
  }

  @Get('users/:id')
  async user(
    @Param('directory') directory: string,
    @Param('id') id: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    return this.history.user(directory, query, id);
  }

  @Get('users/:id/groups')
  async groupsOfUser(
    @Param('directory') directory: string,
    @Param('id') id: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    return this.history.groups(directory, query, id);
  }

  @Get('groups')
  async groups(@Param('directory') directory: string, @Query() query: QueryParameters): Promise<object> {
    return this.history.groups(directory, query);
  }

  @Get('groups/:id')
  async group(
    @Param('directory') directory: string,
    @Param('id') id: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    return this.history.group(directory, query, id);
  }

  /** With `format=csv` all of them in one file. */
  @Get('groups/:id/members')
  async members(
    @Param('directory') directory: string,
    @Param('id') id: string,
    @Query() query: QueryParameters,
  ): Answer {
    if (isCsv(query)) return this.files.users(directory, query, id);
    return this.history.users(directory, query, id);
  }

  @Get('memberships')
  async memberships(@Param('directory') directory: string, @Query() query: QueryParameters): Answer {
    if (isCsv(query)) return this.files.memberships(directory, query);
    return this.history.memberships(directory, query);
  }
}
