/** `/Users`: RFC 7644 §3.3 to §3.6. Each write becomes one command; each answer is made from the state just saved. */
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
import type { User } from '@app/directory';
import type { Json } from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import type { Listed } from './pages.js';
import { showsResource } from './preference.js';
import { queryOf, RESOURCE_ID, scimPaths, ScimRequests, type Asked } from './scim-request.js';
import { UserAnswers } from './user-answers.js';
import { describe, isKnown, showing } from './versions.js';
import { createUser, deleteUser, patchUser, replaceUser } from './writes.js';

@ApiExcludeController()
@Controller(scimPaths('Users'))
@UseGuards(DirectoryTokenGuard)
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: ScimRequests,
    private readonly answers: UserAnswers,
  ) {}

  @Post()
  async create(
    @Req() request: ScimRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('User', request);
    const user = await this.commands.execute(createUser(asked, body));
    describe(reply, asked, user);
    if (!showsResource(asked, reply, true)) return undefined;
    showing(reply);
    return this.answers.created(user, asked);
  }

  @Get()
  list(@Req() request: ScimRequest): Promise<Listed> {
    return this.answers.list(this.requests.read('User', request), queryOf(request));
  }

  @Get(RESOURCE_ID)
  async get(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('User', request);
    const user = await this.answers.find(asked, id);
    describe(reply, asked, user);
    if (isKnown(reply, asked, user)) return undefined;
    showing(reply);
    return this.answers.one(user, asked);
  }

  @Put(RESOURCE_ID)
  async replace(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('User', request);
    return this.changed(await this.commands.execute(replaceUser(asked, id, body)), asked, reply);
  }

  @Patch(RESOURCE_ID)
  async patch(
    @Req() request: ScimRequest,
    @Param('id') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json | undefined> {
    const asked = this.requests.read('User', request);
    return this.changed(await this.commands.execute(patchUser(asked, id, body)), asked, reply);
  }

  @Delete(RESOURCE_ID)
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    await this.commands.execute(deleteUser(this.requests.read('User', request), id));
  }

  private async changed(user: User, asked: Asked, reply: FastifyReply): Promise<Json | undefined> {
    describe(reply, asked, user);
    if (showsResource(asked, reply, true)) {
      showing(reply);
      return this.answers.one(user, asked);
    }
    reply.status(204);
    return undefined;
  }
}
