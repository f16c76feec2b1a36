/** What a receiver needs to know of this transmitter: SSF 1.0 §7. */
import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { DELIVERY_METHODS } from '@app/revocation';
import { ApiError } from '../consumer/api-error.js';
import { HubSettings } from '../hub-settings.js';
import { PATHS } from './ssf-settings.js';

@Controller('.well-known/ssf-configuration')
export class SsfConfigurationController {
  constructor(private readonly settings: HubSettings) {}

  @Get()
  @Header('cache-control', 'public, max-age=300')
  configuration(): object {
    const issuer = this.settings.publicUrl;
    const at = (path: string): string => `${issuer}/${path}`;
    // A member without elements is left out (§7.1), and so is critical_subject_members: no subject here has members.
    return {
      spec_version: '1_0',
      issuer,
      jwks_uri: at('.well-known/jwks.json'),
      delivery_methods_supported: [...DELIVERY_METHODS],
      configuration_endpoint: at(PATHS.stream),
      status_endpoint: at(PATHS.status),
      add_subject_endpoint: at(PATHS.addSubject),
      remove_subject_endpoint: at(PATHS.removeSubject),
      verification_endpoint: at(PATHS.verification),
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
      default_subjects: 'ALL',
    };
  }

  /** §7.2.1: the path of the issuer comes after the well-known one. There is one issuer here. */
  @ApiExcludeEndpoint()
  @Get('*')
  @Header('cache-control', 'public, max-age=300')
  ofPath(@Param('*') path: string): object {
    const own = new URL(this.settings.publicUrl).pathname.replace(/^\/|\/$/g, '');
    if (own !== '' && path.replace(/\/$/, '') === own) return this.configuration();
    const message = `No issuer has the path '/${path}'. The one here is ${this.settings.publicUrl}.`;
    throw new ApiError(404, 'issuer_not_found', message);
  }
}
