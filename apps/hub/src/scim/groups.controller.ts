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
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Group } from '@app/directory';
import type { Json } from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { GroupAnswers } from './group-answers.js';
import type { Listed } from './pages.js';
import { showsResource } from './preference.js';
import { queryOf, RESOURCE_ID, scimPaths, ScimRequests, type Asked } from './scim-request.js';
import { describe, isKnown, showing } from './versions.js';
import { createGroup, deleteGroup, patchGroup, replaceGroup } from './writes.js';

@ApiExcludeController()
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
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const group = this.answers.changed(await this.commands.execute(createGroup(asked, body)), asked);
    describe(reply, asked, group);
    if (!showsResource(asked, reply, true)) return undefined;
    showing(reply);
    return this.answers.one(group, asked);
  }

  @Get()
  list(@Req() request: ScimRequest): Promise<Listed> {
    return this.answers.list(this.requests.read('Group', request), queryOf(request));
  }

  @Get(RESOURCE_ID)
  async get(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const group = await this.answers.find(asked, id);
    describe(reply, asked, group);
    if (isKnown(reply, asked, group)) return undefined;
    showing(reply);
    return this.answers.one(group, asked);
  }

  @Put(RESOURCE_ID)
  async replace(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const changed = await this.commands.execute(replaceGroup(asked, id, body));
    return this.afterwards(this.answers.changed(changed, asked), { asked, reply, usuallyShown: true });
  }

  /** 204 unless the caller wants to see the group, or attributes of it: RFC 7644 §3.5.2. */
  @Patch(RESOURCE_ID)
  async patch(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const changed = await this.commands.execute(patchGroup(asked, id, body));
    return this.afterwards(this.answers.changed(changed, asked), { asked, reply, usuallyShown: false });
  }

  @Delete(RESOURCE_ID)
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    await this.commands.execute(deleteGroup(this.requests.read('Group', request), id));
  }

  private async afterwards(
    group: Group,
    { asked, reply, usuallyShown }: { asked: Asked; reply: FastifyReply; usuallyShown: boolean },
  ): Promise<Json | undefined> {
    describe(reply, asked, group);
    if (showsResource(asked, reply, usuallyShown)) {
      showing(reply);
      return this.answers.one(group, asked);
    }
    reply.status(204);
    return undefined;
  }
}
