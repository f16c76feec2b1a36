/** Finds out whether a client is who it says: RFC 6749 §2.3.1 and RFC 7523 §3. */
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import { ClientCredentials, hashOf, type Client, type ClientKind, type SpentAssertion } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import { checkedAssertion } from './assertion.js';
import { invalidClient, unknownClient } from './oauth-error.js';
import type { ShownCredential } from './token-form.js';

export interface AuthenticatedClient<C extends Client> {
  client: C;
  /** What it has shown and may not show again. */
  assertion?: SpentAssertion;
}

@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly clients: ClientCredentials,
    private readonly clock: Clock,
    private readonly settings: HubSettings,
  ) {}

  /**
   * @param kind that its id says; undefined: it can be no client's id, and is not looked up.
   * @throws OAuthError `invalid_client`, in the same words for an unknown client and for a wrong secret.
   */
  async authenticate<C extends Client>(
    kind: ClientKind<C> | undefined,
    shown: ShownCredential,
  ): Promise<AuthenticatedClient<C>> {
    const known = kind ? await this.clients.known(kind, shown.clientId) : null;
    if (!known) throw unknownClient();
    const { client, secretHashes } = known;
    let assertion: SpentAssertion | undefined;
    if (shown.method === 'private_key_jwt') {
      const audience = [`${this.settings.publicUrl}/oauth/token`, this.settings.publicUrl];
      assertion = await checkedAssertion(shown.assertion, { client, audience, now: this.clock.now() });
    } else {
      const hash = hashOf(shown.secret);
      if (!secretHashes.some((each) => timingSafeEqual(each, hash))) throw unknownClient();
    }
    // Told only to who has the secret or the key.
    if (!client.authenticationMethods.includes(shown.method)) {
      const allowed = client.authenticationMethods.join(', ');
      throw invalidClient(`This client may not use ${shown.method}. It is set up for ${allowed}.`);
    }
    return { client, ...(assertion ? { assertion } : {}) };
  }
}
