/** The token endpoint for client credentials: RFC 6749 §3.2 and §4.4. */
import { All, Body, Controller, Header, HttpCode, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Clock, RateLimits, type Limit } from '@app/runtime';
import { AccessTokens } from '@app/tenancy';
import { AccessSettings } from '../access/access-settings.js';
import { ClientAuthentication, looksLikeClientId } from './client-authentication.js';
import { invalidClient, onlyPost, tooManyTokenRequests, unknownClient } from './oauth-error.js';
import { checkGrant, SCOPE, shownCredential, tokenFormOf } from './token-form.js';

@Controller('oauth')
export class TokenController {
  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly tokens: AccessTokens,
    private readonly limits: RateLimits,
    private readonly settings: AccessSettings,
    private readonly clock: Clock,
  ) {}

  // Every method, so that another one than POST is told what to do.
  @All('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  async issue(@Req() request: FastifyRequest, @Body() body: unknown): Promise<object> {
    if (request.method !== 'POST') throw onlyPost();
    const { rates, oauthTokenLifeInSeconds } = this.settings;
    await this.keepWithin({ key: `oauth:${request.ip}`, rate: rates.address });
    const form = tokenFormOf(body);
    const shown = shownCredential(request.headers.authorization, form);
    // Before anything is looked up, whether or not the secret is right. Made-up ids get no bucket.
    if (looksLikeClientId(shown.clientId))
      await this.keepWithin({ key: `oauth:${shown.clientId}`, rate: rates.client });
    checkGrant(form);
    const { client, assertion } = await this.authentication.authenticate(shown);
    const expiresAt = new Date(this.clock.now().getTime() + oauthTokenLifeInSeconds * 1_000);
    const issued = await this.tokens.issue(client, expiresAt, assertion);
    if ('token' in issued) {
      return {
        access_token: issued.token,
        token_type: 'Bearer',
        expires_in: oauthTokenLifeInSeconds,
        scope: SCOPE,
      };
    }
    if (issued.refused === 'client gone') throw unknownClient();
    throw invalidClient(
      'The client assertion is not accepted: it was used before. Sign a new one for each request.',
    );
  }

  private async keepWithin(limit: Limit): Promise<void> {
    const waitInSeconds = await this.limits.take([limit]);
    if (waitInSeconds > 0) throw tooManyTokenRequests(waitInSeconds);
  }
}
