/** `/Groups`: RFC 7644 §3.3 to §3.6. Members are read only for a caller who asks to see them. */
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
import type { Group } from '@app/directory';
import { findResources, membersOf, SharedReads } from '@app/projections';
import { ChangeGroup, CreateGroup, DeleteGroup, UnknownResource, type ChangedGroup } from '@app/provisioning';
import { Database, Observations } from '@app/runtime';
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

@Controller(scimPaths('Groups'))
@UseGuards(DirectoryTokenGuard)
export class GroupsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly database: Database,
    private readonly reads: SharedReads,
    private readonly requests: ScimRequests,
    private readonly observations: Observations,
  ) {}

  @Post()
  async create(
    @Req() request: ScimRequest,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Json> {
    const asked = this.requests.read('Group', request);
    const parsed = parseResource('Group', body, asked.dialect);
    const command = new CreateGroup(asked.origin, createdFrom('Group', parsed), parsed.members ?? []);
    const { group } = this.noting(asked, await this.commands.execute(command));
    reply.header('location', locationOf('Group', group.id, asked.baseUrl));
    return (await this.presentAll([group], asked))[0]!;
  }

  @Get()
  async list(@Req() request: ScimRequest): Promise<Json> {
    const asked = this.requests.read('Group', request);
    const query = queryOf(request);
    const { startIndex, count } = parsePaging(query, PAGING);
    const filter =
      query['filter'] === undefined ? {} : { filter: parseFilter(query['filter'], 'Group', asked.dialect) };
    const directoryId = asked.origin.directory.id;
    const { resources, totalResults } = await findResources(this.database, 'Group', {
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
    const asked = this.requests.read('Group', request);
    const group = await this.reads.group(asked.origin.directory.id, id);
    if (!group) throw new UnknownResource('Group', id);
    return (await this.presentAll([group], asked))[0]!;
  }

  /** A body without `members` leaves the members alone: RFC 7644 §3.5.1 allows it, and an empty list says "nobody". */
  @Put(':id')
  async replace(@Req() request: ScimRequest, @Param('id') id: string, @Body() body: unknown): Promise<Json> {
    const asked = this.requests.read('Group', request);
    const parsed = parseResource('Group', body, asked.dialect);
    const members = parsed.members ? [{ kind: 'replace' as const, ids: parsed.members }] : [];
    const command = new ChangeGroup(asked.origin, id, replacedBy('Group', parsed), members);
    const { group } = this.noting(asked, await this.commands.execute(command));
    return (await this.presentAll([group], asked))[0]!;
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
    const { apply, members } = parsePatch('Group', body, asked.dialect);
    const { group } = this.noting(
      asked,
      await this.commands.execute(new ChangeGroup(asked.origin, id, apply, members)),
    );
    if (asked.projection.attributes) return (await this.presentAll([group], asked))[0]!;
    reply.status(204);
    return undefined;
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Req() request: ScimRequest, @Param('id') id: string): Promise<void> {
    const { origin } = this.requests.read('Group', request);
    await this.commands.execute(new DeleteGroup(origin, id));
  }

  /** Members that were left out because they do not exist must not go unseen. */
  private noting(asked: Asked, changed: ChangedGroup): ChangedGroup {
    if (changed.unknownMembers.length > 0) {
      this.observations.warn('unknown members left out', {
        requestId: asked.origin.requestId,
        directory: asked.origin.directory.id,
        group: changed.group.id,
        members: changed.unknownMembers,
      });
    }
    return changed;
  }

  private async presentAll(groups: Group[], asked: Asked): Promise<{ [key: string]: Json }[]> {
    const wanted = groups.length > 0 && wantsAttribute(asked.projection, 'members');
    const members = wanted
      ? await membersOf(
          this.database,
          groups.map((group) => group.id),
        )
      : undefined;
    return groups.map((group) =>
      present('Group', group, { ...asked, ...(members ? { members: members.get(group.id) ?? [] } : {}) }),
    );
  }
}
