/** OAuth 2.0 clients of a directory: how an identity provider that prefers short-lived tokens gets them. */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { Directories, OAuthClients, type MadeClient, type OAuthClient } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { ClientManagement } from '../oauth/client-management.js';
import { NewOAuthClientBody, OAuthClientChangeBody, SecretRotationBody } from './oauth-client-bodies.js';

@Controller('directories/:directoryId/oauth_clients')
@UseGuards(ApiKeyGuard)
export class OAuthClientsController {
  constructor(
    private readonly directories: Directories,
    private readonly clients: OAuthClients,
    private readonly management: ClientManagement,
  ) {}

  /** The secret, if a method needs one, is in this answer and nowhere else, ever again. */
  @Post()
  async create(@Param('directoryId') directoryId: string, @Body() body: NewOAuthClientBody): Promise<object> {
    if (!(await this.directories.find(directoryId))) throw notFound('Directory', directoryId);
    const proof = await this.management.proofOf(body);
    return this.shown(await this.clients.create({ directoryId, name: body.name, ...proof }));
  }

  @Get()
  async list(@Param('directoryId') directoryId: string, @Query() query: QueryParameters): Promise<object> {
    if (!(await this.directories.find(directoryId))) throw notFound('Directory', directoryId);
    const { data, before, after } = await this.clients.list(directoryId, pageOf(query));
    return list(await this.management.shownAll(data, ofDirectory), { before, after });
  }

  @Get(':id')
  async get(@Param('directoryId') directoryId: string, @Param('id') id: string): Promise<object> {
    return this.shown({ client: await this.found(directoryId, id), secret: null });
  }

  /** A change of methods or keys ends the access tokens of the client; it asks for new ones by itself. */
  @Patch(':id')
  async change(
    @Param('directoryId') directoryId: string,
    @Param('id') id: string,
    @Body() body: OAuthClientChangeBody,
  ): Promise<object> {
    return this.shown(await this.management.change(await this.found(directoryId, id), body));
  }

  /** Its secrets and access tokens stop working with it. */
  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('directoryId') directoryId: string, @Param('id') id: string): Promise<void> {
    await this.clients.remove(await this.found(directoryId, id));
  }

  /** Makes a new secret; the ones before it go on for `overlap_seconds`. */
  @Post(':id/rotate')
  @HttpCode(201)
  async rotate(
    @Param('directoryId') directoryId: string,
    @Param('id') id: string,
    @Body() body: SecretRotationBody = {},
  ): Promise<object> {
    const client = await this.found(directoryId, id);
    return this.shown({ client, secret: await this.management.rotate(client, body) });
  }

  private async found(directoryId: string, id: string): Promise<OAuthClient> {
    const client = await this.clients.find(directoryId, id);
    if (!client) throw notFound('OAuth client', id);
    return client;
  }

  private shown(made: MadeClient<OAuthClient>): Promise<object> {
    return this.management.shown(made, ofDirectory(made.client));
  }
}

function ofDirectory({ directoryId }: OAuthClient): object {
  return { object: 'oauth_client', directory_id: directoryId };
}
