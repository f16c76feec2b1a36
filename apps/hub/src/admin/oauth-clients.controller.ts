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
import { Clock } from '@app/runtime';
import {
  Directories,
  OAuthClients,
  type OAuthClient,
  type OAuthClientSecret,
  type PublicKeys,
} from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import { HubSettings } from '../hub-settings.js';
import { readPublicKeys } from '../oauth/client-keys.js';
import { OVERLAP_DEFAULT_IN_SECONDS } from './expiry.js';
import { NewOAuthClientBody, OAuthClientChangeBody, SecretRotationBody } from './oauth-client-bodies.js';

@Controller('directories/:directoryId/oauth_clients')
@UseGuards(ApiKeyGuard)
export class OAuthClientsController {
  constructor(
    private readonly directories: Directories,
    private readonly clients: OAuthClients,
    private readonly settings: HubSettings,
    private readonly clock: Clock,
  ) {}

  /** The secret, if a method needs one, is in this answer and nowhere else, ever again. */
  @Post()
  async create(@Param('directoryId') directoryId: string, @Body() body: NewOAuthClientBody): Promise<object> {
    if (!(await this.directories.find(directoryId))) throw notFound('Directory', directoryId);
    const authenticationMethods = body.authentication_methods ?? [
      'client_secret_basic',
      'client_secret_post',
    ];
    const jwks = (await keysOf(body)) ?? null;
    requireFitting(authenticationMethods, jwks);
    const wish = { directoryId, name: body.name, authenticationMethods, jwks };
    const { client, secret } = await this.clients.create(wish);
    return this.shownWith(client, secret);
  }

  @Get()
  async list(@Param('directoryId') directoryId: string, @Query() query: QueryParameters): Promise<object> {
    if (!(await this.directories.find(directoryId))) throw notFound('Directory', directoryId);
    const { data, before, after } = await this.clients.list(directoryId, pageOf(query));
    const secrets = await this.clients.secretsOf(data.map((client) => client.id));
    return list(
      data.map((client) =>
        this.shown(
          client,
          secrets.filter((secret) => secret.clientId === client.id),
        ),
      ),
      { before, after },
    );
  }

  @Get(':id')
  async get(@Param('directoryId') directoryId: string, @Param('id') id: string): Promise<object> {
    return this.shownWith(await this.found(directoryId, id), null);
  }

  /** A change of methods or keys ends the access tokens of the client; it asks for new ones by itself. */
  @Patch(':id')
  async change(
    @Param('directoryId') directoryId: string,
    @Param('id') id: string,
    @Body() body: OAuthClientChangeBody,
  ): Promise<object> {
    const before = await this.found(directoryId, id);
    const jwks = await keysOf(body);
    requireFitting(
      body.authentication_methods ?? before.authenticationMethods,
      jwks === undefined ? before.jwks : jwks,
    );
    const { client, secret } = await this.clients.change(before, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.authentication_methods ? { authenticationMethods: body.authentication_methods } : {}),
      ...(jwks === undefined ? {} : { jwks }),
    });
    return this.shownWith(client, secret);
  }

  /** Its secrets and access tokens stop working with it. */
  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('directoryId') directoryId: string, @Param('id') id: string): Promise<void> {
    await this.clients.remove(await this.found(directoryId, id));
  }

  /**
   * Makes a new secret; the ones before it go on for `overlap_seconds` (a day unless told otherwise). With 0 they end at
   * once, and the client's access tokens with them.
   */
  @Post(':id/rotate')
  @HttpCode(201)
  async rotate(
    @Param('directoryId') directoryId: string,
    @Param('id') id: string,
    @Body() body: SecretRotationBody = {},
  ): Promise<object> {
    const client = await this.found(directoryId, id);
    if (client.authenticationMethods.every((method) => method === 'private_key_jwt')) {
      const message =
        'this client signs with its private key and has no secret: replace its key with PATCH jwks';
      throw invalid([{ field: 'authentication_methods', code: 'no_secret', message }]);
    }
    const overlapInSeconds = body.overlap_seconds ?? OVERLAP_DEFAULT_IN_SECONDS;
    const oldEndAt =
      overlapInSeconds === 0 ? null : new Date(this.clock.now().getTime() + overlapInSeconds * 1_000);
    return this.shownWith(client, await this.clients.rotate(client, oldEndAt));
  }

  private async found(directoryId: string, id: string): Promise<OAuthClient> {
    const client = await this.clients.find(directoryId, id);
    if (!client) throw notFound('OAuth client', id);
    return client;
  }

  private async shownWith(client: OAuthClient, secret: string | null): Promise<object> {
    const shown = this.shown(client, await this.clients.secretsOf([client.id]));
    return secret === null ? shown : { ...shown, client_secret: secret };
  }

  private shown(client: OAuthClient, secrets: OAuthClientSecret[]): object {
    return {
      object: 'oauth_client',
      id: client.id,
      directory_id: client.directoryId,
      client_id: client.id,
      name: client.name,
      token_endpoint: `${this.settings.publicUrl}/oauth/token`,
      authentication_methods: client.authenticationMethods,
      jwks: client.jwks,
      secrets: secrets.map((secret) => ({
        last_four: secret.suffix,
        created_at: secret.createdAt.toISOString(),
        expires_at: secret.expiresAt?.toISOString() ?? null,
      })),
      created_at: client.createdAt.toISOString(),
      updated_at: client.updatedAt.toISOString(),
      last_used_at: client.lastUsedAt?.toISOString() ?? null,
    };
  }
}

/** @returns undefined when the body does not speak of keys, null when it takes them away. */
async function keysOf(body: OAuthClientChangeBody): Promise<PublicKeys | null | undefined> {
  if (body.jwks_uri !== undefined) {
    const message =
      'jwks_uri is not supported, since Rollcall calls no address that it is given here. Paste the public keys as jwks';
    throw invalid([{ field: 'jwks_uri', code: 'not_supported', message }]);
  }
  return body.jwks ? readPublicKeys(body.jwks) : body.jwks;
}

function requireFitting(methods: string[], jwks: PublicKeys | null): void {
  const signs = methods.includes('private_key_jwt');
  if (signs && !jwks) {
    const message = 'jwks is needed for private_key_jwt: paste the public key that the client signs with';
    throw invalid([{ field: 'jwks', code: 'required', message }]);
  }
  if (!signs && jwks) {
    const message =
      'jwks is for private_key_jwt only: add that to authentication_methods, or send jwks as null';
    throw invalid([{ field: 'jwks', code: 'not_used', message }]);
  }
}
