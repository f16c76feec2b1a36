/** Finds out whether a client is who it says: RFC 6749 §2.3.1 and RFC 7523 §3. */
import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import { hashOf, OAuthClients, type OAuthClient, type SpentAssertion } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import { checkedAssertion } from './assertion.js';
import { invalidClient, unknownClient } from './oauth-error.js';
import type { ShownCredential } from './token-form.js';

export interface AuthenticatedClient {
  client: OAuthClient;
  /** What it has shown and may not show again. */
  assertion?: SpentAssertion;
}

const CLIENT_ID = /^oauth_client_[0-9A-Z]{26}$/;

/** Whether the text can be the id of a client at all; others are not looked up. */
export function looksLikeClientId(text: string): boolean {
  return CLIENT_ID.test(text);
}

@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly clients: OAuthClients,
    private readonly clock: Clock,
    private readonly settings: HubSettings,
  ) {}

  /** @throws OAuthError `invalid_client`, in the same words for an unknown client and for a wrong secret. */
  async authenticate(shown: ShownCredential): Promise<AuthenticatedClient> {
    const known = looksLikeClientId(shown.clientId) ? await this.clients.known(shown.clientId) : null;
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
