import { Controller, Get, Header } from '@nestjs/common';
import { AUTHENTICATION_METHODS, RECEIVER_SCOPES } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import { ASSERTION_ALGORITHMS } from './assertion.js';
import { SCOPE } from './token-form.js';

/** What a client needs to know of the token endpoint: RFC 8414 §2. */
@Controller('.well-known')
export class OAuthMetadataController {
  constructor(private readonly settings: HubSettings) {}

  @Get('oauth-authorization-server')
  @Header('cache-control', 'public, max-age=300')
  metadata(): object {
    const issuer = this.settings.publicUrl;
    return {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      grant_types_supported: ['client_credentials'],
      // Required by the RFC, and empty: no grant here uses an authorization endpoint.
      response_types_supported: [],
      scopes_supported: [SCOPE, ...RECEIVER_SCOPES],
      token_endpoint_auth_methods_supported: [...AUTHENTICATION_METHODS],
      token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    };
  }
}
