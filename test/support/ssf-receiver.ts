/** A receiver of Shared Signals that knows of its transmitter what the discovery document says, and verifies with `jose` only. */
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { expected, type Body, type HttpAnswer, type TestHub } from './hub.js';

export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';
export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';
export const SCIM_EVENT = 'urn:ietf:params:scim:event:prov:';

export interface Polled extends Body {
  sets: Record<string, string>;
  moreAvailable?: boolean;
}

export class SsfReceiver {
  /** What it takes tokens in. */
  algorithm = 'RS256';

  private constructor(
    readonly hub: TestHub,
    readonly clientId: string,
    private readonly secret: string,
    private readonly configuration: Body,
    private token: string,
  ) {}

  /** An operator makes it, and it finds its way from there. */
  static async of(hub: TestHub, organizationId: string, more: object = {}): Promise<SsfReceiver> {
    const wish = { organization_id: organizationId, name: 'App', ...more };
    const client = expected(201, await hub.api('POST', '/ssf/clients', wish)).body;
    const found = await hub.send({ method: 'GET', path: '/.well-known/ssf-configuration' });
    const [id, secret] = [client['client_id'] as string, client['client_secret'] as string];
    const receiver = new SsfReceiver(hub, id, secret, expected(200, found).body, '');
    receiver.token = await receiver.accessToken();
    return receiver;
  }

  /** @param scope all that there are unless given. */
  async accessToken(scope?: string): Promise<string> {
    return expected(200, await this.askForToken(scope)).body['access_token'] as string;
  }

  askForToken(scope?: string): Promise<HttpAnswer> {
    const form = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) };
    const basic = Buffer.from(`${this.clientId}:${this.secret}`).toString('base64');
    return this.hub.send({
      method: 'POST',
      path: '/oauth/token',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
  }

  /** @param endpoint by its name in the discovery document, with a query if there is one; or a whole URL. */
  call(method: string, endpoint: string, body?: unknown, token = this.token): Promise<HttpAnswer> {
    const [name = '', query] = endpoint.split('?');
    const url = new URL((this.configuration[`${name}_endpoint`] as string | undefined) ?? name);
    const path = url.pathname + (query === undefined ? '' : `?${query}`);
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    return this.hub.send({ method, path, body, headers: { authorization: `Bearer ${token}`, ...type } });
  }

  async makeStream(more: object = {}): Promise<Body> {
    return expected(201, await this.call('POST', 'configuration', more)).body;
  }

  /** @param body without `returnImmediately` it waits. */
  async poll(stream: Body, body: object = {}): Promise<Polled> {
    const { endpoint_url: url } = stream['delivery'] as { endpoint_url: string };
    return expected(200, await this.call('POST', url, body)).body as Polled;
  }

  /** Signed with a published key, of the right type, from and for the right ones, with one event, and nothing that SSF forbids. */
  async verified(set: string, audience = this.clientId): Promise<JWTPayload> {
    const keys = createRemoteJWKSet(new URL(this.configuration['jwks_uri'] as string));
    const { payload, protectedHeader } = await jwtVerify(set, keys, {
      issuer: this.configuration['issuer'] as string,
      audience,
      typ: 'secevent+jwt',
      requiredClaims: ['jti', 'iat', 'sub_id', 'events'],
    });
    if (protectedHeader.alg !== this.algorithm)
      throw new Error(`the token is signed with ${protectedHeader.alg}`);
    if ('sub' in payload || 'exp' in payload) throw new Error('SSF forbids sub and exp');
    if (Object.keys(payload['events'] as object).length !== 1) throw new Error('there must be one event');
    return payload;
  }

  /** What is told in the tokens of an answer, verified: event type by `jti`, in order. */
  async told(
    { sets }: Polled,
    audience = this.clientId,
  ): Promise<[jti: string, eventType: string, JWTPayload][]> {
    return Promise.all(
      Object.entries(sets).map(async ([jti, set]) => {
        const payload = await this.verified(set, audience);
        if (payload.jti !== jti) throw new Error('a token stands under the jti of another');
        return [jti, Object.keys(payload['events'] as object)[0]!, payload] as const as [
          string,
          string,
          JWTPayload,
        ];
      }),
    );
  }
}
