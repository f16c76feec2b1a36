/** Lets in who may read of the log: an API key, which may read all of it, or a feed token, which may read its part. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { PublishedType } from '@app/directory';
import { Clock } from '@app/runtime';
import { ApiKeys, FeedTokens, hashOf, type ApiKey, type FeedToken } from '@app/tenancy';
import { LastUsesOfFeedTokens } from '../access/last-uses.js';
import { RecentLookups } from '../access/recent-lookups.js';
import { ApiError } from '../consumer/api-error.js';
import { ApiKeyGuard, type WithApiKey } from '../consumer/api-key.guard.js';
import { EVERYTHING, type FeedScope } from './feed-scope.js';

export interface FeedAccess {
  /** The id of the key or the token. */
  holder: string;
  scope: FeedScope;
  /** Whether it still may: for answers that take long. What was revoked is known a second later at most. */
  isOpen(): Promise<boolean>;
}

/** What a request carries that was let in. */
export interface WithFeedAccess {
  feedAccess: FeedAccess;
}

@Injectable()
export class FeedGuard implements CanActivate {
  private readonly recentTokens: RecentLookups<FeedToken | null>;
  private readonly recentKeys: RecentLookups<ApiKey | null>;

  constructor(
    tokens: FeedTokens,
    keys: ApiKeys,
    private readonly apiKeys: ApiKeyGuard,
    private readonly uses: LastUsesOfFeedTokens,
    private readonly clock: Clock,
  ) {
    const now = (): number => clock.now().getTime();
    this.recentTokens = new RecentLookups((token) => tokens.known(hashOf(token)), now);
    this.recentKeys = new RecentLookups((key) => keys.known(hashOf(key)), now);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context
      .switchToHttp()
      .getRequest<FastifyRequest & Partial<WithFeedAccess> & Partial<WithApiKey>>();
    const bearer = /^bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (bearer.startsWith('feed_')) {
      request.feedAccess = await this.ofToken(bearer);
      return true;
    }
    // Who follows the log comes often; whoever is not known is told so in the words of every other route.
    const key = bearer.startsWith('sk_') ? await this.recentKeys.get(bearer) : null;
    if (key) request.apiKey = key;
    else await this.apiKeys.canActivate(context);
    request.feedAccess = {
      holder: request.apiKey!.id,
      scope: EVERYTHING,
      isOpen: async () => (await this.recentKeys.get(bearer)) !== null,
    };
    return true;
  }

  private async ofToken(bearer: string): Promise<FeedAccess> {
    const token = await this.recentTokens.get(bearer);
    if (!token) throw unauthorized('Unauthorized. This feed token is not known, or was deleted.');
    if (this.isExpired(token)) {
      const remedy = 'Make a new one with an API key (POST /feed_tokens).';
      throw unauthorized(
        `Unauthorized. This feed token expired at ${token.expiresAt!.toISOString()}. ${remedy}`,
      );
    }
    this.uses.note(token.id);
    return {
      holder: token.id,
      scope: scopeOfToken(token),
      isOpen: async () => (await this.recentTokens.get(bearer)) !== null && !this.isExpired(token),
    };
  }

  private isExpired({ expiresAt }: FeedToken): boolean {
    return expiresAt !== null && expiresAt <= this.clock.now();
  }
}

export function unauthorized(message: string): ApiError {
  return new ApiError(401, 'unauthorized', message);
}

/** What a request that `FeedGuard` let in may read. */
export function scopeOf(request: WithFeedAccess): FeedScope {
  return request.feedAccess.scope;
}

function scopeOfToken({ organizationId, directoryId, eventTypes, consumers }: FeedToken): FeedScope {
  return {
    organizationId,
    directoryId,
    types: eventTypes && new Set(eventTypes as PublishedType[]),
    consumers: new Set(consumers),
  };
}
