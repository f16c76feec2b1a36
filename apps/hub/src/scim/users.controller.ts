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
import type { User } from '@app/directory';
import { findResources, groupsOf, SharedReads } from '@app/projections';
import { ChangeUser, CreateUser, DeleteUser, UnknownResource } from '@app/provisioning';
import { Database } from '@app/runtime';
import {
  createdFrom,
  listResponse,
  locationOf,
  parseFilter,
  parsePaging,
  parsePatch,
  parseResource,
  present,
  replacedBy,
  wantsAttribute,
  type Json,
} from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { PAGING } from './paging.js';
import { queryOf, scimPaths, ScimRequests, type Asked } from './scim-request.js';

@Controller(scimPaths('Users'))
@UseGuards(DirectoryTokenGuard)
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly database: Database,
    private readonly reads: SharedReads,
    private readonly requests: ScimRequests,
  ) {}

  @Post()
  async create(
    @Req() request: ScimRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    const asked = this.requests.read('User', request);
    const attributes = createdFrom('User', parseResource('User', body, asked.dialect));
    const user = await this.commands.execute(new CreateUser(asked.origin, attributes));
    reply.header('location', locationOf('User', user.id, asked.baseUrl));
    // Nobody can have put a person into a group before they were there.
    return present('User', user, { ...asked, groups: [] });
  }

  @Get()
  async list(@Req() request: ScimRequest): Promise<Json> {
    const asked = this.requests.read('User', request);
    const query = queryOf(request);
    const { startIndex, count } = parsePaging(query, PAGING);
    const filter =
      query['filter'] === undefined ? {} : { filter: parseFilter(query['filter'], 'User', asked.dialect) };
    const directoryId = asked.origin.directory.id;
    const { resources, totalResults } = await findResources(this.database, 'User', {
      directoryId,
      startIndex,
      count,
      ...filter,
    });
    const shown = await this.presentAll(resources, asked);
    return listResponse(shown, { totalResults, startIndex }) as unknown as Json;
  }

  @Get(':id')
  async get(@Req() request: ScimRequest, @Param('id') id: string): Promise<Json> {
    const asked = this.requests.read('User', request);
    const user = await this.reads.user(asked.origin.directory.id, id);
    if (!user) throw new UnknownResource('User', id);
    return this.presentOne(user, asked);
  }

  @Put(':id')
  async replace(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown): Promise<Json> {
    const asked = this.requests.read('User', request);
    const desire = replacedBy('User', parseResource('User', body, asked.dialect));
    const user = await this.commands.execute(new ChangeUser(asked.origin, id, desire));
    return this.presentOne(user, asked);
  }

  @Patch(':id')
  async patch(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown): Promise<Json> {
    const asked = this.requests.read('User', request);
    const { apply } = parsePatch('User', body, asked.dialect);
    const user = await this.commands.execute(new ChangeUser(asked.origin, id, apply));
    return this.presentOne(user, asked);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    const { origin } = this.requests.read('User', request);
    await this.commands.execute(new DeleteUser(origin, id));
  }

  private async presentOne(user: User, asked: Asked): Promise<Json> {
    const wanted = wantsAttribute(asked.projection, 'groups');
    const groups = wanted ? { groups: await this.reads.groupsOf(user.id) } : {};
    return present('User', user, { ...asked, ...groups });
  }

  private async presentAll(users: User[], asked: Asked): Promise<{ [key: string]: Json }[]> {
    const wanted = users.length > 0 && wantsAttribute(asked.projection, 'groups');
    const groups = wanted
      ? await groupsOf(
          this.database,
          users.map((user) => user.id),
        )
      : undefined;
    return users.map((user) =>
      present('User', user, { ...asked, ...(groups ? { groups: groups.get(user.id) ?? [] } : {}) }),
    );
  }
}
