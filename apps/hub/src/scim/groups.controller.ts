/** `/Groups`: RFC 7644 §3.3 to §3.6. */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { locationOf, type Json, type ListResponse } from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { GroupAnswers } from './group-answers.js';
import { queryOf, scimPaths, ScimRequests } from './scim-request.js';
import { createGroup, deleteGroup, patchGroup, replaceGroup } from './writes.js';

@Controller(scimPaths('Groups'))
@UseGuards(DirectoryTokenGuard)
export class GroupsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: ScimRequests,
    private readonly answers: GroupAnswers,
  ) {}

  @Post()
  async create(
    @Req() request: ScimRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    const asked = this.requests.read('Group', request);
    const group = this.answers.changed(await this.commands.execute(createGroup(asked, body)), asked);
    reply.header('location', locationOf('Group', group.id, asked.baseUrl));
    return this.answers.one(group, asked);
  }

  @Get()
  list(@Req() request: ScimRequest): Promise<ListResponse> {
    return this.answers.list(this.requests.read('Group', request), queryOf(request));
  }

  @Get(':id')
  async get(@Req() request: ScimRequest, @Param('id') id: string): Promise<Json> {
    const asked = this.requests.read('Group', request);
    return this.answers.one(await this.answers.find(asked, id), asked);
  }

  @Put(':id')
  async replace(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown): Promise<Json> {
    const asked = this.requests.read('Group', request);
    const changed = await this.commands.execute(replaceGroup(asked, id, body));
    return this.answers.one(this.answers.changed(changed, asked), asked);
  }

  /** 204 unless the caller says which attributes it wants to see: RFC 7644 §3.5.2. */
  @Patch(':id')
  async patch(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const group = this.answers.changed(await this.commands.execute(patchGroup(asked, id, body)), asked);
    if (asked.projection.attributes) return this.answers.one(group, asked);
    reply.status(204);
    return undefined;
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    await this.commands.execute(deleteGroup(this.requests.read('Group', request), id));
  }
}
