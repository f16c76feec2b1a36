import { Controller, Get, Header } from '@nestjs/common';
import { SigningKeys } from '@app/tenancy';

/** The public halves of the keys that Rollcall signs with: RFC 7517. */
@Controller('.well-known')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    return this.keys.jwks();
  }
}
