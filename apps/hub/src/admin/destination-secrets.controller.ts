/** The secrets that a destination's requests are signed with: how one takes another's place, and who may see them. */
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import { IsIn, IsInt, IsString, Max, Min, ValidateIf } from 'class-validator';
import { Clock, Observations } from '@app/runtime';
import {
  Destinations,
  SECRET_KINDS,
  type Destination,
  type NewSecret,
  type OpenedSecret,
  type SecretKind,
} from '@app/tenancy';
import { isWebhookSecret, webhook, writtenPublicKey } from '@app/webhooks';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard, requirePermission, type WithApiKey } from '../consumer/api-key.guard.js';
import { list, textOf, type Query as QueryParameters } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import { PROTOCOLS } from '../protocols.js';
import { newSecret } from '../new-secret.js';
import { foundDestination } from '../found-destination.js';
import { OVERLAP_DEFAULT_IN_SECONDS, OVERLAP_MESSAGE, OVERLAP_MOST_IN_SECONDS } from './expiry.js';

const KIND_MESSAGE = `kind must be one of ${SECRET_KINDS.join(', ')}`;
const SECRET_MESSAGE = 'secret must be whsec_ and the base 64 of 24 to 64 bytes';

export class SecretRotation {
  /** How long those before it go on; 0 ends them at once. */
  @ValidateIf((body: SecretRotation) => body.overlap_seconds !== undefined)
  @IsInt({ message: OVERLAP_MESSAGE })
  @Min(0, { message: OVERLAP_MESSAGE })
  @Max(OVERLAP_MOST_IN_SECONDS, { message: OVERLAP_MESSAGE })
  overlap_seconds?: number;

  @ValidateIf((body: SecretRotation) => body.kind !== undefined)
  @IsIn(SECRET_KINDS, { message: KIND_MESSAGE })
  kind?: SecretKind;

  /** Without it one is made. */
  @ValidateIf((body: SecretRotation) => body.secret !== undefined)
  @IsString({ message: SECRET_MESSAGE })
  secret?: string;
}

@Controller(['webhook_endpoints/:destinationId/secrets', 'destinations/:destinationId/secrets'])
@UseGuards(ApiKeyGuard)
export class DestinationSecretsController {
  constructor(
    private readonly destinations: Destinations,
    private readonly clock: Clock,
    private readonly observations: Observations,
  ) {}

  /** Those that live, newest first, none in clear. */
  @Get()
  async list(@Param('destinationId') id: string): Promise<object> {
    const live = await this.live((await foundDestination(this.destinations, id)).id);
    return list(live.map(shown), { before: null, after: null });
  }

  /** A shared secret is in this answer, and afterwards only in those to a key with the permission to see it. */
  @Post('rotate')
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async rotate(@Param('destinationId') id: string, @Body() body: SecretRotation = {}): Promise<object> {
    const destination = await foundDestination(this.destinations, id);
    const kind = body.kind ?? 'hmac';
    requireUseOf(kind, destination);
    const secret = await this.wanted(destination, kind, body.secret);
    const overlapInSeconds = body.overlap_seconds ?? OVERLAP_DEFAULT_IN_SECONDS;
    const oldEndAt =
      overlapInSeconds === 0 ? null : new Date(this.clock.now().getTime() + overlapInSeconds * 1_000);
    const { made, replaced } = await this.destinations.secrets.rotate(destination.id, secret, oldEndAt);
    return {
      ...shown(made),
      ...(kind === 'hmac' ? { secret: made.value } : {}),
      replaces: replaced.map(shown),
    };
  }

  @Get(':secretId')
  @Header('cache-control', 'no-store')
  async get(
    @Param('destinationId') id: string,
    @Param('secretId') secretId: string,
    @Query() query: QueryParameters,
    @Req() request: WithApiKey,
  ): Promise<object> {
    const reveal = revealOf(query);
    if (reveal) requirePermission(request, 'secrets:reveal');
    const destination = await foundDestination(this.destinations, id);
    const secret = await this.destinations.secrets.find(destination.id, secretId);
    if (!secret) throw notFound('Secret', secretId);
    if (!reveal) return shown(secret);
    this.observations.info('secret revealed', {
      destinationId: destination.id,
      secretId,
      apiKeyId: request.apiKey.id,
    });
    return { ...shown(secret), secret: secret.value };
  }

  /** Ends at once, for the next attempt. When it was the newest, the one before it goes on without end. */
  @Delete(':secretId')
  @HttpCode(204)
  async end(@Param('destinationId') id: string, @Param('secretId') secretId: string): Promise<void> {
    const destination = await foundDestination(this.destinations, id);
    if (!(await this.destinations.secrets.end(destination.id, secretId))) throw notFound('Secret', secretId);
  }

  private async live(destinationId: string): Promise<OpenedSecret[]> {
    return (await this.destinations.secrets.live([destinationId])).get(destinationId)!;
  }

  private async wanted({ id }: Destination, kind: SecretKind, own: string | undefined): Promise<NewSecret> {
    if (own === undefined) return newSecret(kind);
    if (kind !== 'hmac') {
      const message = 'secret can be given for kind hmac only: Rollcall makes key pairs itself';
      throw invalid([{ field: 'secret', code: 'not_supported', message }]);
    }
    if (!isWebhookSecret(own))
      throw invalid([{ field: 'secret', code: 'invalid_secret', message: SECRET_MESSAGE }]);
    if ((await this.live(id)).some(({ value }) => value === own)) {
      const message = 'secret is in use already: send one that is new';
      throw invalid([{ field: 'secret', code: 'already_used', message }]);
    }
    return { kind, value: own };
  }
}

/** @throws ApiError 422 where nothing is signed with this kind */
function requireUseOf(kind: SecretKind, { protocol: name, settings }: Destination): void {
  const kinds = PROTOCOLS.get(name)?.secretKinds?.(settings) ?? [];
  if (kinds.includes(kind)) return;
  const message = notInUse(kind, name, kinds);
  throw invalid([{ field: 'kind', code: 'not_in_use', message }]);
}

function notInUse(kind: SecretKind, name: string, kinds: readonly SecretKind[]): string {
  if (kinds.length === 0)
    return `${name} has no secrets: its requests are signed with the keys at /.well-known/jwks.json`;
  if (name === webhook.name)
    return `kind ${kind} is not in use here: add v1a to the endpoint's signatures first`;
  return `kind ${kind} is not in use here: ${name} signs with ${kinds.join(', ')}`;
}

function revealOf(query: QueryParameters): boolean {
  const text = textOf(query, 'reveal') ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalid([{ field: 'reveal', code: 'invalid_boolean', message: 'reveal must be true or false' }]);
}

function shown({ id, kind, value, publicJwk, createdAt, expiresAt }: OpenedSecret): object {
  return {
    object: 'destination_secret',
    id,
    kind,
    last_four: value.slice(-4),
    ...(publicJwk ? { public_key: writtenPublicKey(publicJwk) } : {}),
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
