/** The door to strangers: no redirects, one deadline, little of the answer, no private networks, and a fair part for everyone. */
import type { AddressGuard } from './address-guard.js';
import type { HttpRequest } from './protocol.js';
import { AccessTokens, type TokenRequest } from './request/access-tokens.js';
import type { Access, TlsAccess } from './request/access.js';
import { exchange, type Exchange, type MayGoOut } from './request/exchange.js';
import { Pools } from './request/pools.js';
import { Proxy } from './request/proxy.js';
import { Turns, type TurnLimits } from './request/turns.js';

export type { Exchange, MayGoOut } from './request/exchange.js';

/** Never throws for an unwilling world. @param access without it the request has no headers, tokens or certificates of its own. */
export type Send = (request: HttpRequest, access?: Access, mayGoOut?: MayGoOut) => Promise<Exchange>;

export interface SenderOptions {
  guard: AddressGuard;
  /** For the header `User-Agent: Rollcall/<version>`. */
  version: string;
  /** With user name and password where it wants them. */
  proxy?: string | undefined;
  /** For connecting, sending and reading the whole answer. */
  deadlineInMilliseconds?: number;
  headersTimeoutInMilliseconds?: number;
  turns?: TurnLimits;
}

const DEADLINE_IN_MILLISECONDS = 20_000;
const HEADERS_TIMEOUT_IN_MILLISECONDS = 15_000;
const TOKEN_DEADLINE_IN_MILLISECONDS = 10_000;
const EXCERPT_AT_MOST_IN_BYTES = 2 * 1_024;
/** Tokens are long. */
const TOKEN_AT_MOST_IN_BYTES = 16 * 1_024;

interface Call {
  url: URL;
  headers: string[];
  body: string;
  tls?: TlsAccess | undefined;
  deadlineInMilliseconds: number;
  keptAtMostInBytes: number;
  mayGoOut?: MayGoOut | undefined;
}

interface Post extends Pick<Call, 'mayGoOut'> {
  request: HttpRequest;
  access: Access;
  token?: string | undefined;
}

const NOBODY: Access = { destinationId: '' };

export class HttpSender {
  private readonly proxy: Proxy | undefined;
  private readonly pools: Pools;
  private readonly turns: Turns;
  private readonly tokens: AccessTokens;
  private readonly userAgent: string;
  private readonly deadlineInMilliseconds: number;

  constructor({ guard, version, proxy, turns, ...options }: SenderOptions) {
    this.userAgent = `Rollcall/${version}`;
    this.deadlineInMilliseconds = options.deadlineInMilliseconds ?? DEADLINE_IN_MILLISECONDS;
    this.proxy = proxy === undefined ? undefined : new Proxy(proxy, guard);
    const headersTimeoutInMilliseconds =
      options.headersTimeoutInMilliseconds ?? HEADERS_TIMEOUT_IN_MILLISECONDS;
    this.pools = new Pools({ guard, tunnel: this.proxy, headersTimeoutInMilliseconds });
    this.turns = new Turns(turns);
    this.tokens = new AccessTokens((access, request) => this.askForToken(access, request));
  }

  readonly send: Send = async (request, access = NOBODY, mayGoOut = undefined) => {
    const { oauth } = access;
    const post = (token?: string): Promise<Exchange> => this.post({ request, access, mayGoOut, token });
    if (!oauth) return post();
    const token = await this.tokens.of(access, oauth);
    if ('reason' in token) return token;
    const answer = await post(token.value);
    if (!isUnauthorized(answer)) return answer;
    this.tokens.forget(access, token.value);
    if (token.fresh) return answer;
    // It was good once and is not any more: once more, with a new one.
    const another = await this.tokens.of(access, oauth);
    return 'reason' in another ? another : post(another.value);
  };

  async close(): Promise<void> {
    this.turns.close();
    await Promise.all([this.pools.close(), this.proxy?.close()]);
  }

  private post({ request, access, token, mayGoOut }: Post): Promise<Exchange> {
    return this.call(access.destinationId, {
      url: new URL(request.url),
      headers: this.headersOf(request, access, token),
      body: request.body,
      tls: access.tls,
      deadlineInMilliseconds: this.deadlineInMilliseconds,
      keptAtMostInBytes: EXCERPT_AT_MOST_IN_BYTES,
      mayGoOut,
    });
  }

  private askForToken(
    { destinationId, tls }: Access,
    { url, headers, body }: TokenRequest,
  ): Promise<Exchange> {
    return this.call(destinationId, {
      url,
      headers: Object.entries({ ...headers, 'user-agent': this.userAgent }).flat(),
      body,
      tls: tokenTls(tls),
      deadlineInMilliseconds: Math.min(TOKEN_DEADLINE_IN_MILLISECONDS, this.deadlineInMilliseconds),
      keptAtMostInBytes: TOKEN_AT_MOST_IN_BYTES,
    });
  }

  private async call(destinationId: string, { url, headers, body, tls, ...limits }: Call): Promise<Exchange> {
    const { origin, host, pathname, search } = url;
    const turn = this.turns.take(origin, destinationId);
    if (turn !== true && !(await turn)) return { kind: 'unreachable', reason: crowded(host), ours: true };
    try {
      const line = this.pools.of(origin, tls);
      return await exchange(
        line,
        { path: pathname + search, method: 'POST', headers, body },
        { host, ...limits },
      );
    } finally {
      this.turns.end(origin, destinationId);
    }
  }

  /** Name, value, name, value, … */
  private headersOf({ headers }: HttpRequest, access: Access, token?: string): string[] {
    const lines: string[] = [];
    let userAgent = this.userAgent;
    let authorization = token === undefined ? headers['authorization'] : `Bearer ${token}`;
    for (const [name, value] of access.headers ?? []) {
      if (name === 'user-agent') userAgent = value;
      else if (name === 'authorization') authorization = value;
      else if (!(name in headers)) lines.push(name, value);
    }
    lines.push('user-agent', userAgent);
    if (authorization !== undefined) lines.push('authorization', authorization);
    for (const name of Object.keys(headers)) {
      if (name !== 'authorization' && name !== 'user-agent') lines.push(name, headers[name] ?? '');
    }
    return lines;
  }
}

function isUnauthorized(exchange: Exchange): boolean {
  return exchange.kind === 'answered' && exchange.answer.status === 401;
}

function crowded(host: string): string {
  return `too many requests to ${host} are under way already: the endpoint was not asked`;
}

/** The client certificate is for the endpoint only. An authority of its own may vouch for the token endpoint as well. */
function tokenTls(tls: TlsAccess | undefined): TlsAccess | undefined {
  if (!tls?.certificateAuthority) return undefined;
  return {
    key: `token ${tls.key}`,
    certificateAuthority: tls.certificateAuthority,
    publicAuthoritiesToo: true,
  };
}
