/** `/Groups` of SCIM 1.1: draft-scim-api-01 §3.1 to §3.4. */
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
import { parsePatchV1, presentV1, resourceFromV1, type Json, type ListResponse } from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from '../scim/directory-token.guard.js';
import { GroupAnswers } from '../scim/group-answers.js';
import { createGroup, deleteGroup, patchGroup, replaceGroup } from '../scim/writes.js';
import { describe, isKnown } from '../scim/versions.js';
import { overridingMethod, pageV1, refuseOverride, scimV1Paths, ScimV1Requests } from './scim-v1-request.js';

@ApiExcludeController()
@Controller(scimV1Paths('Groups'))
@UseGuards(DirectoryTokenGuard)
export class GroupsV1Controller {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: ScimV1Requests,
    private readonly answers: GroupAnswers,
  ) {}

  @Post()
  async create(
    @Req() request: ScimRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    refuseOverride(request);
    const asked = this.requests.read('Group', request);
    const command = createGroup(asked, resourceFromV1(asked.shape, body));
    const group = this.answers.changed(await this.commands.execute(command), asked);
    describe(reply, asked, group);
    return presentV1(await this.answers.one(group, asked));
  }

  @Get()
  async list(@Req() request: ScimRequest): Promise<ListResponse> {
    const asked = this.requests.read('Group', request);
    return pageV1(await this.answers.list(asked, asked.query));
  }

  @Get(':id')
  async get(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const group = await this.answers.find(asked, id);
    describe(reply, asked, group);
    return isKnown(reply, asked, group) ? undefined : presentV1(await this.answers.one(group, asked));
  }

  @Put(':id')
  async replace(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    const asked = this.requests.read('Group', request);
    const command = replaceGroup(asked, id, resourceFromV1(asked.shape, body));
    const group = this.answers.changed(await this.commands.execute(command), asked);
    describe(reply, asked, group);
    return presentV1(await this.answers.one(group, asked));
  }

  /** 204, so that nobody waits for members to be read back, unless the caller says which attributes it wants to see: §3.3.2. */
  @Patch(':id')
  async patch(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('Group', request);
    const command = patchGroup(asked, id, body, parsePatchV1);
    const group = this.answers.changed(await this.commands.execute(command), asked);
    describe(reply, asked, group);
    if (asked.projection.attributes) return presentV1(await this.answers.one(group, asked));
    reply.status(204);
    return undefined;
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    await this.commands.execute(deleteGroup(this.requests.read('Group', request), id));
  }

  @Post(':id')
  @HttpCode(200)
  async overridden(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    switch (overridingMethod(request)) {
      case 'PUT':
        return this.replace(request, id, body, reply);
      case 'PATCH':
        return this.patch(request, id, body, reply);
      case 'DELETE':
        await this.remove(request, id);
        reply.status(204);
        return undefined;
    }
  }
}
