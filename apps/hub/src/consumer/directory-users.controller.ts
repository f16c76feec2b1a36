/** People as consumers know them. Whoever is concealed does not exist here, since the feed does not tell of them either. */
import { Controller, Get, Param, Query, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { publishedGroup, publishedUser } from '@app/directory';
import {
  findKnownGroup,
  findKnownUser,
  groupsOfKnownUsers,
  listKnownUsers,
  type KnownUser,
  type PlacedGroup,
} from '@app/projections';
import { Database } from '@app/runtime';
import { Directories } from '@app/tenancy';
import { AnswersThen } from '../history/index.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from './query.js';
import { invalid } from './validation.js';

@Controller('directory_users')
@UseGuards(ApiKeyGuard)
export class DirectoryUsersController {
  constructor(
    private readonly database: Database,
    private readonly directories: Directories,
    private readonly then: AnswersThen,
  ) {}

  /** By `directory`, `group` (direct members), `idp_id` and `email`, all of which must hold; without any, everybody of all directories. With `as_of`: as it was then. */
  @Get()
  async list(@Query() query: QueryParameters, @Req() request: FastifyRequest): Promise<object> {
    if (this.then.areAskedFor(query, request)) return this.then.users(query);
    const wanted = {
      directoryId: textOf(query, 'directory'),
      groupId: textOf(query, 'group'),
      idpId: textOf(query, 'idp_id'),
      email: textOf(query, 'email'),
    };
    refuseNamesAlone(wanted);
    const { data, before, after } = await listKnownUsers(this.database, { ...wanted, page: pageOf(query) });
    // Whoever found somebody has named what exists.
    if (data.length === 0) await this.refuseUnknown(wanted);
    const groups = await groupsOfKnownUsers(
      this.database,
      data.map(({ id }) => id),
    );
    return list(
      data.map((user) => shown(user, groups)),
      { before, after },
      query,
    );
  }

  @Get(':id')
  async get(
    @Param('id') id: string,
    @Query() query: QueryParameters,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    if (this.then.areAskedFor(query, request)) return this.then.user(id, query);
    const [user, groups] = await Promise.all([
      findKnownUser(this.database, id),
      groupsOfKnownUsers(this.database, [id]),
    ]);
    if (!user) throw notFound('Directory User', id);
    return shown(user, groups);
  }

  private async refuseUnknown({ directoryId, groupId }: Names): Promise<void> {
    if (directoryId !== undefined && !(await this.directories.find(directoryId)))
      throw notFound('Directory', directoryId);
    if (groupId !== undefined && !(await findKnownGroup(this.database, groupId)))
      throw notFound('Directory Group', groupId);
  }
}

interface Names {
  directoryId?: string | undefined;
  groupId?: string | undefined;
  idpId?: string | undefined;
  email?: string | undefined;
}

/** In another directory the same address or number is somebody else's. */
function refuseNamesAlone({ directoryId, groupId, idpId, email }: Names): void {
  if ((idpId === undefined && email === undefined) || directoryId !== undefined || groupId !== undefined)
    return;
  const name = idpId === undefined ? 'email' : 'idp_id';
  const message = `${name} needs directory or group beside it`;
  throw invalid([{ field: 'directory', code: 'required', message }]);
}

function shown(user: KnownUser, groups: ReadonlyMap<string, PlacedGroup[]>): object {
  const shownGroups = groups.get(user.id) ?? [];
  return { ...publishedUser(user, user), groups: shownGroups.map((group) => publishedGroup(group, user)) };
}
