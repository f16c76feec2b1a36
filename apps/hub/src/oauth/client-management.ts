/** What people do with OAuth clients of every kind: how a client shows who it is, its secrets, and what is shown of it. */
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import {
  ClientCredentials,
  type AuthenticationMethod,
  type Client,
  type MadeClient,
  type OAuthClientSecret,
  type PublicKeys,
} from '@app/tenancy';
import { OVERLAP_DEFAULT_IN_SECONDS } from '../admin/expiry.js';
import type {
  OAuthClientBody,
  OAuthClientChangeBody,
  SecretRotationBody,
} from '../admin/oauth-client-bodies.js';
import { invalid } from '../consumer/validation.js';
import { HubSettings } from '../hub-settings.js';
import { readPublicKeys } from './client-keys.js';

/** How a client shows who it is. */
export interface Proof {
  authenticationMethods: AuthenticationMethod[];
  jwks: PublicKeys | null;
}

@Injectable()
export class ClientManagement {
  constructor(
    private readonly credentials: ClientCredentials,
    private readonly settings: HubSettings,
    private readonly clock: Clock,
  ) {}

  /** Of a new client; with a secret unless it is said otherwise. @throws ApiError 422 */
  async proofOf(body: OAuthClientBody): Promise<Proof> {
    const authenticationMethods = body.authentication_methods ?? [
      'client_secret_basic',
      'client_secret_post',
    ];
    const jwks = (await keysOf(body)) ?? null;
    requireFitting(authenticationMethods, jwks);
    return { authenticationMethods, jwks };
  }

  /** A change of methods or keys ends the access tokens of the client; it asks for new ones by itself. @throws ApiError 422 */
  async change<C extends Client>(client: C, body: OAuthClientChangeBody): Promise<MadeClient<C>> {
    const jwks = await keysOf(body);
    requireFitting(
      body.authentication_methods ?? client.authenticationMethods,
      jwks === undefined ? client.jwks : jwks,
    );
    return this.credentials.change(client, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.authentication_methods ? { authenticationMethods: body.authentication_methods } : {}),
      ...(jwks === undefined ? {} : { jwks }),
    });
  }

  /**
   * Makes a new secret; the ones before it go on for `overlap_seconds` (a day unless told otherwise). With 0 they end at
   * once, and the client's access tokens with them.
   * @returns the secret. @throws ApiError 422 for a client that has none
   */
  rotate(client: Client, { overlap_seconds: overlap }: SecretRotationBody): Promise<string> {
    if (client.authenticationMethods.every((method) => method === 'private_key_jwt')) {
      const message =
        'this client signs with its private key and has no secret: replace its key with PATCH jwks';
      throw invalid([{ field: 'authentication_methods', code: 'no_secret', message }]);
    }
    const overlapInSeconds = overlap ?? OVERLAP_DEFAULT_IN_SECONDS;
    const oldEndAt =
      overlapInSeconds === 0 ? null : new Date(this.clock.now().getTime() + overlapInSeconds * 1_000);
    return this.credentials.rotate(client, oldEndAt);
  }

  /** @param secret one that was made just now: it is in this answer and nowhere else, ever again. @param own what its kind has. */
  async shown(
    { client, secret = null }: { client: Client; secret?: string | null },
    own: object,
  ): Promise<object> {
    const [shown] = await this.shownAll([client], () => own);
    return secret === null ? shown! : { ...shown, client_secret: secret };
  }

  /** @param own what its kind has, of each. */
  async shownAll<C extends Client>(clients: readonly C[], own: (client: C) => object): Promise<object[]> {
    const secrets = await this.credentials.secretsOf(clients.map(({ id }) => id));
    return clients.map((client) => ({
      ...own(client),
      ...this.common(
        client,
        secrets.filter(({ clientId }) => clientId === client.id),
      ),
    }));
  }

  private common(client: Client, secrets: OAuthClientSecret[]): object {
    return {
      id: client.id,
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
async function keysOf(body: OAuthClientBody): Promise<PublicKeys | null | undefined> {
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
