/** `/Users` of SCIM 1.1: draft-scim-api-01 §3.1 to §3.4. The same commands as behind 2.0, and the same answers in another shape. */
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
import { UserAnswers } from '../scim/user-answers.js';
import { createUser, deleteUser, patchUser, replaceUser } from '../scim/writes.js';
import { describe, isKnown } from '../scim/versions.js';
import { overridingMethod, pageV1, refuseOverride, scimV1Paths, ScimV1Requests } from './scim-v1-request.js';

@ApiExcludeController()
@Controller(scimV1Paths('Users'))
@UseGuards(DirectoryTokenGuard)
export class UsersV1Controller {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: ScimV1Requests,
    private readonly answers: UserAnswers,
  ) {}

  @Post()
  async create(
    @Req() request: ScimRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    refuseOverride(request);
    const asked = this.requests.read('User', request);
    const user = await this.commands.execute(createUser(asked, resourceFromV1(asked.shape, body)));
    describe(reply, asked, user);
    return presentV1(this.answers.created(user, asked));
  }

  @Get()
  async list(@Req() request: ScimRequest): Promise<ListResponse> {
    const asked = this.requests.read('User', request);
    return pageV1(await this.answers.list(asked, asked.query));
  }

  @Get(':id')
  async get(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('User', request);
    const user = await this.answers.find(asked, id);
    describe(reply, asked, user);
    return isKnown(reply, asked, user) ? undefined : presentV1(await this.answers.one(user, asked));
  }

  @Put(':id')
  async replace(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    const asked = this.requests.read('User', request);
    const command = replaceUser(asked, id, resourceFromV1(asked.shape, body));
    const user = await this.commands.execute(command);
    describe(reply, asked, user);
    return presentV1(await this.answers.one(user, asked));
  }

  @Patch(':id')
  async patch(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    const asked = this.requests.read('User', request);
    const user = await this.commands.execute(patchUser(asked, id, body, parsePatchV1));
    describe(reply, asked, user);
    return presentV1(await this.answers.one(user, asked));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    await this.commands.execute(deleteUser(this.requests.read('User', request), id));
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
