/** Access tokens that receivers demand (RFC 6749 §4.4): fetched once, kept until shortly before they expire. */
import * as oauth from 'oauth4webapi';
import type { Access, OAuthAccess } from './access.js';
import type { Exchange, Unreachable } from './exchange.js';

export interface TokenRequest {
  url: URL;
  headers: Record<string, string>;
  body: string;
}

export interface Token {
  value: string;
  /** Fetched for this very request: fetching another one would bring nothing. */
  fresh: boolean;
}

interface Known {
  key: string;
  value: string;
  until: number;
}

const DESTINATIONS_AT_MOST = 10_000;
/** Where the authorization server does not say how long a token works. */
const LIFE_IN_SECONDS = 5 * 60;
/** The request that carries it takes its time. Of a short life, a tenth. */
const MARGIN_AT_MOST_IN_SECONDS = 30;

export class AccessTokens {
  private readonly known = new Map<string, Known>();
  private readonly fetching = new Map<string, Promise<Known | Unreachable>>();

  /** @param call makes the request to the token endpoint, as careful as any other. */
  constructor(private readonly call: (access: Access, request: TokenRequest) => Promise<Exchange>) {}

  /** Never throws for an unwilling world. */
  async of(access: Access, settings: OAuthAccess): Promise<Token | Unreachable> {
    const known = this.known.get(access.destinationId);
    if (known?.key === settings.key && known.until > performance.now()) {
      return { value: known.value, fresh: false };
    }
    const fetched = await this.fetchOnce(access, settings);
    return 'reason' in fetched ? fetched : { value: fetched.value, fresh: true };
  }

  /** The receiver does not accept it any more. */
  forget({ destinationId }: Access, value: string): void {
    if (this.known.get(destinationId)?.value === value) this.known.delete(destinationId);
  }

  /** Whoever asks while a token is on its way waits for that one. */
  private fetchOnce(access: Access, settings: OAuthAccess): Promise<Known | Unreachable> {
    const flight = `${access.destinationId} ${settings.key}`;
    const under = this.fetching.get(flight);
    if (under) return under;
    const fetching = this.fetch(access, settings).finally(() => this.fetching.delete(flight));
    this.fetching.set(flight, fetching);
    return fetching;
  }

  private async fetch(access: Access, settings: OAuthAccess): Promise<Known | Unreachable> {
    const { key } = settings;
    const askedAt = performance.now();
    let unreachable: Unreachable | undefined;
    try {
      const answer = await granted(settings, async (request) => {
        const exchange = await this.call(access, request);
        if (exchange.kind === 'answered') return responseOf(exchange.answer);
        unreachable = exchange;
        throw new Error(exchange.reason);
      });
      const life = answer.expires_in ?? LIFE_IN_SECONDS;
      const until = askedAt + 1_000 * (life - Math.min(MARGIN_AT_MOST_IN_SECONDS, life / 10));
      if (this.known.size >= DESTINATIONS_AT_MOST) this.known.clear();
      const known = { key, value: answer.access_token, until };
      this.known.set(access.destinationId, known);
      return known;
    } catch (error) {
      const { host } = new URL(settings.tokenUrl);
      if (unreachable) return { ...unreachable, reason: `the token endpoint ${host}: ${unreachable.reason}` };
      return { kind: 'unreachable', reason: `the token endpoint ${host} ${verdictOf(error)}` };
    }
  }
}

async function granted(
  settings: OAuthAccess,
  call: (request: TokenRequest) => Promise<Response>,
): Promise<oauth.TokenEndpointResponse> {
  const { tokenUrl, clientId, clientSecret, authentication, scope, audience } = settings;
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client = { client_id: clientId };
  const credentials =
    authentication === 'client_secret_post'
      ? oauth.ClientSecretPost(clientSecret)
      : oauth.ClientSecretBasic(clientSecret);
  const wishes = { ...(scope ? { scope } : {}), ...(audience ? { audience } : {}) };
  const response = await oauth.clientCredentialsGrantRequest(server, client, credentials, wishes, {
    // Where plain HTTP may be spoken is the address guard's to say.
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url, { headers, body }) =>
      call({ url: new URL(url), headers, body: String(body as URLSearchParams) }),
  });
  const answer = await oauth.processClientCredentialsResponse(server, client, response);
  if (answer.token_type !== 'bearer') throw new Unusable(`gave a token of a type other than "Bearer"`);
  // RFC 6750 §2.1; anything else could not be put into a header.
  if (!/^[\x21-\x7e]+$/.test(answer.access_token)) throw new Unusable('gave a token that no header can hold');
  return answer;
}

class Unusable extends Error {}

const WITHOUT_BODY = [204, 205, 304];

function responseOf({
  status,
  headers,
  excerpt,
}: {
  status: number;
  headers: Record<string, string>;
  excerpt: string;
}): Response {
  if (status > 599) throw new Unusable(`answered ${status}`);
  return new Response(WITHOUT_BODY.includes(status) ? null : excerpt, {
    status,
    headers: { 'content-type': headers['content-type'] ?? '' },
  });
}

/** Nothing of the answer but its status and the error's code: it may repeat what was sent. */
function verdictOf(error: unknown): string {
  if (error instanceof Unusable) return error.message;
  if (error instanceof oauth.ResponseBodyError) {
    const code = /^[\w.-]{1,60}$/.test(error.error) ? `: ${error.error}` : '';
    return `refused to give a token (status ${error.status}${code})`;
  }
  const { cause } = error as { cause?: unknown };
  const { status } = (cause instanceof Response ? cause : {}) as { status?: number };
  return status === undefined || status === 200
    ? 'gave no answer that holds a token'
    : `gave no token (status ${status})`;
}
