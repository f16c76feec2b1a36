/**
 * Who may come in: turns the bearer token of a SCIM request into its directory, and keeps within the rate limits. Done when
 * the headers are there: nobody's body is read before it is known whose it is.
 */
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Clock, RateLimits, type Limit } from '@app/runtime';
import type { Directory, OpenedDirectory } from '@app/tenancy';
import { SCIM_PREFIX } from '../http/server.js';
import { AccessSettings } from './access-settings.js';
import { KnownTokens } from './known-tokens.js';
import { LastUses } from './last-uses.js';
import { NotLetIn, TooManyRequests } from './refusals.js';
import { tokenInHeader } from './token-in-header.js';

/** What an admitted request carries. */
export interface Admitted {
  directory: Directory;
  /** Of the token that it was admitted by; an access token's, too. */
  tokenId: string;
}

@Injectable()
export class Admission {
  constructor(
    private readonly tokens: KnownTokens,
    private readonly uses: LastUses,
    private readonly limits: RateLimits,
    private readonly settings: AccessSettings,
    private readonly clock: Clock,
  ) {}

  /** Puts directory and token on the request. Does nothing when they are there. @throws NotLetIn, TooManyRequests */
  async admit(request: FastifyRequest & Partial<Admitted>): Promise<void> {
    if (request.directory) return;
    const opened = await this.opened(request.headers.authorization);
    const { directoryId } = request.params as { directoryId?: string };
    if (directoryId !== undefined && directoryId !== opened.directory.id) {
      throw new NotLetIn(
        `The bearer token does not belong to ${directoryId}. Use the token and the base URL of one directory.`,
        { isInvalid: true },
      );
    }
    // Also for a request that is refused for its rate: the log and the list of tokens tell who it was.
    request.directory = opened.directory;
    request.tokenId = opened.tokenId;
    this.uses.note(opened.tokenId);
    const waitInSeconds = await this.limits.take(this.limitsOf(opened));
    if (waitInSeconds > 0) throw new TooManyRequests('The identity provider', waitInSeconds);
  }

  /** Whose token the request bears, whatever else is wrong with it or the token; undefined for a stranger. */
  async ownerOf(request: FastifyRequest): Promise<Admitted | undefined> {
    const token = tokenInHeader(request.headers.authorization);
    if (token === undefined) return undefined;
    const opened = await this.tokens.opened(token).catch(() => null);
    return opened ? { directory: opened.directory, tokenId: opened.tokenId } : undefined;
  }

  private async opened(header: string | undefined): Promise<OpenedDirectory> {
    const token = tokenInHeader(header);
    if (token === undefined) {
      throw new NotLetIn(
        'The request has no bearer token. Send "Authorization: Bearer <token>" with the directory\'s token.',
        { isInvalid: false },
      );
    }
    const opened = await this.tokens.opened(token);
    if (!opened) {
      throw new NotLetIn(
        'The bearer token is not known. Paste the token that was shown when the directory or the token was made.',
        { isInvalid: true },
      );
    }
    const { expiresAt, oauthClientId } = opened;
    if (expiresAt !== null && expiresAt <= this.clock.now()) {
      const remedy =
        oauthClientId === null
          ? 'Make a new one for this directory and paste it into the identity provider.'
          : 'Ask for a new one at /oauth/token.';
      const detail = `The bearer token expired at ${expiresAt.toISOString()}. ${remedy}`;
      throw new NotLetIn(detail, { isInvalid: true });
    }
    return opened;
  }

  private limitsOf({ directory, tokenId, oauthClientId }: OpenedDirectory): Limit[] {
    const { rates } = this.settings;
    // A client that asks for a new access token gets no new bucket with it.
    return [
      { key: oauthClientId ?? tokenId, rate: rates.token },
      { key: directory.id, rate: rates.directory },
    ];
  }
}

/** For every route below /scim/. The router's own form of the path counts: a path can be written in many ways. */
export function admitFirst(fastify: FastifyInstance, admission: Admission): void {
  fastify.addHook('onRequest', (request, _reply, next) => {
    if (!request.routeOptions.url?.startsWith(SCIM_PREFIX)) return next();
    admission.admit(request).then(() => next(), next);
  });
}
