/** Receivers of Shared Signals: applications that an operator lets manage their own streams. */
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
import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { Organizations, ReceiverClients, type MadeClient, type ReceiverClient } from '@app/tenancy';
import {
  NewOAuthClientBody,
  OAuthClientChangeBody,
  SecretRotationBody,
} from '../admin/oauth-client-bodies.js';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from '../consumer/query.js';
import { ClientManagement } from '../oauth/client-management.js';

export class NewReceiverBody extends NewOAuthClientBody {
  @IsString()
  @IsNotEmpty()
  organization_id: string;

  /** `aud` of the events of its streams; its client_id unless given. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(2_048)
  audience?: string;
}

@Controller('ssf/clients')
@UseGuards(ApiKeyGuard)
export class SsfClientsController {
  constructor(
    private readonly clients: ReceiverClients,
    private readonly organizations: Organizations,
    private readonly management: ClientManagement,
  ) {}

  /** The secret, if a method needs one, is in this answer and nowhere else, ever again. */
  @Post()
  async create(@Body() body: NewReceiverBody): Promise<object> {
    const { organization_id: organizationId, name, audience = null } = body;
    if (!(await this.organizations.find(organizationId))) {
      const message = 'organization_id names no organization';
      throw new ApiError(422, 'unknown_organization', `${message}.`, [
        { field: 'organization_id', code: 'unknown_organization', message },
      ]);
    }
    const proof = await this.management.proofOf(body);
    return this.shown(await this.clients.create({ organizationId, name, audience, ...proof }));
  }

  /** Of one organization with `organization_id`, otherwise of all. */
  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const { data, before, after } = await this.clients.list(textOf(query, 'organization_id'), pageOf(query));
    return list(await this.management.shownAll(data, ofReceiver), { before, after });
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    return this.shown({ client: await this.found(id), secret: null });
  }

  /** A change of methods or keys ends its access tokens, and not its streams. */
  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: OAuthClientChangeBody): Promise<object> {
    return this.shown(await this.management.change(await this.found(id), body));
  }

  /** Makes a new secret; the ones before it go on for `overlap_seconds`. */
  @Post(':id/rotate')
  @HttpCode(201)
  async rotate(@Param('id') id: string, @Body() body: SecretRotationBody = {}): Promise<object> {
    const client = await this.found(id);
    return this.shown({ client, secret: await this.management.rotate(client, body) });
  }

  /** Its streams and access tokens end with it. */
  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    if (!(await this.clients.remove(id))) throw notFound('Receiver', id);
  }

  private async found(id: string): Promise<ReceiverClient> {
    const client = await this.clients.find(id);
    if (!client) throw notFound('Receiver', id);
    return client;
  }

  private shown(made: MadeClient<ReceiverClient>): Promise<object> {
    return this.management.shown(made, ofReceiver(made.client));
  }
}

function ofReceiver({ id, organizationId, audience }: ReceiverClient): object {
  return { object: 'ssf_client', organization_id: organizationId, audience: audience ?? id };
}
