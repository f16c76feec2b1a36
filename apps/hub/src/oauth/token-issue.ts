/** Issues an access token to whom it may concern: an identity provider for its directory, a receiver for its streams. */
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import {
  AccessTokens,
  OAuthClient,
  RECEIVER_SCOPES,
  ReceiverClient,
  ReceiverClients,
  type Issued,
} from '@app/tenancy';
import { AccessSettings } from '../access/access-settings.js';
import { ClientAuthentication } from './client-authentication.js';
import { invalidClient, unknownClient } from './oauth-error.js';
import { grantedScopes, SCOPE, type ShownCredential, type TokenForm } from './token-form.js';

const DIRECTORYS = /^oauth_client_[0-9A-Z]{26}$/;
const RECEIVERS = /^ssf_client_[0-9A-Z]{26}$/;

/** Whether the text can be the id of a client at all; others are not looked up. */
export function looksLikeClientId(text: string): boolean {
  return DIRECTORYS.test(text) || RECEIVERS.test(text);
}

@Injectable()
export class TokenIssue {
  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly tokens: AccessTokens,
    private readonly receivers: ReceiverClients,
    private readonly settings: AccessSettings,
    private readonly clock: Clock,
  ) {}

  /** @returns the answer of RFC 6749 §5.1. @throws OAuthError */
  issue(shown: ShownCredential, form: TokenForm): Promise<object> {
    return RECEIVERS.test(shown.clientId) ? this.toReceiver(shown, form) : this.toDirectory(shown, form);
  }

  private async toDirectory(shown: ShownCredential, form: TokenForm): Promise<object> {
    const scopes = grantedScopes(form, [SCOPE]);
    const kind = DIRECTORYS.test(shown.clientId) ? OAuthClient : undefined;
    const { client, assertion } = await this.authentication.authenticate(kind, shown);
    return this.answer(await this.tokens.issue(client, this.end(), assertion), scopes);
  }

  /** CAEP interoperability profile §2.7. */
  private async toReceiver(shown: ShownCredential, form: TokenForm): Promise<object> {
    const scopes = grantedScopes(form, RECEIVER_SCOPES);
    const { client, assertion } = await this.authentication.authenticate(ReceiverClient, shown);
    const grant = { scopes, expiresAt: this.end(), assertion };
    return this.answer(await this.receivers.issue(client, grant), scopes);
  }

  private end(): Date {
    return new Date(this.clock.now().getTime() + this.settings.oauthTokenLifeInSeconds * 1_000);
  }

  private answer(issued: Issued, scopes: readonly string[]): object {
    if ('token' in issued) {
      return {
        access_token: issued.token,
        token_type: 'Bearer',
        expires_in: this.settings.oauthTokenLifeInSeconds,
        scope: scopes.join(' '),
      };
    }
    if (issued.refused === 'client gone') throw unknownClient();
    throw invalidClient(
      'The client assertion is not accepted: it was used before. Sign a new one for each request.',
    );
  }
}
