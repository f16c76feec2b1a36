/** The token endpoint for client credentials: RFC 6749 §3.2 and §4.4. */
import { All, Body, Controller, Header, HttpCode, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { RateLimits, type Limit } from '@app/runtime';
import { AccessSettings } from '../access/access-settings.js';
import { onlyPost, tooManyTokenRequests } from './oauth-error.js';
import { shownCredential, tokenFormOf } from './token-form.js';
import { looksLikeClientId, TokenIssue } from './token-issue.js';

@Controller('oauth')
export class TokenController {
  constructor(
    private readonly tokens: TokenIssue,
    private readonly limits: RateLimits,
    private readonly settings: AccessSettings,
  ) {}

  // Every method, so that another one than POST is told what to do.
  @All('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  async issue(@Req() request: FastifyRequest, @Body() body: unknown): Promise<object> {
    if (request.method !== 'POST') throw onlyPost();
    const { rates } = this.settings;
    await this.keepWithin({ key: `oauth:${request.ip}`, rate: rates.address });
    const form = tokenFormOf(body);
    const shown = shownCredential(request.headers.authorization, form);
    // Before anything is looked up, whether or not the secret is right. Made-up ids get no bucket.
    if (looksLikeClientId(shown.clientId))
      await this.keepWithin({ key: `oauth:${shown.clientId}`, rate: rates.client });
    return this.tokens.issue(shown, form);
  }

  private async keepWithin(limit: Limit): Promise<void> {
    const waitInSeconds = await this.limits.take([limit]);
    if (waitInSeconds > 0) throw tooManyTokenRequests(waitInSeconds);
  }
}
