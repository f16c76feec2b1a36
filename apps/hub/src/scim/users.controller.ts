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
import type { FastifyReply } from 'fastify';
import { locationOf, type Json, type ListResponse } from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { queryOf, scimPaths, ScimRequests } from './scim-request.js';
import { UserAnswers } from './user-answers.js';
import { createUser, deleteUser, patchUser, replaceUser } from './writes.js';

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
  ): Promise<Json> {
    const asked = this.requests.read('User', request);
    const user = await this.commands.execute(createUser(asked, body));
    reply.header('location', locationOf('User', user.id, asked.baseUrl));
    return this.answers.created(user, asked);
  }

  @Get()
  list(@Req() request: ScimRequest): Promise<ListResponse> {
    return this.answers.list(this.requests.read('User', request), queryOf(request));
  }

  @Get(':id')
  async get(@Req() request: ScimRequest, @Param('id') id: string): Promise<Json> {
    const asked = this.requests.read('User', request);
    return this.answers.one(await this.answers.find(asked, id), asked);
  }

  @Put(':id')
  async replace(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown): Promise<Json> {
    const asked = this.requests.read('User', request);
    return this.answers.one(await this.commands.execute(replaceUser(asked, id, body)), asked);
  }

  @Patch(':id')
  async patch(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown): Promise<Json> {
    const asked = this.requests.read('User', request);
    return this.answers.one(await this.commands.execute(patchUser(asked, id, body)), asked);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    await this.commands.execute(deleteUser(this.requests.read('User', request), id));
  }
}
