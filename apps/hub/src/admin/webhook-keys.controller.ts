import { Controller, Get, Header, Param } from '@nestjs/common';
import { Destinations } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';

/** The public halves of what a destination's requests are signed with: for everyone, as the keys of RFC 7517 and 8037. */
@Controller('.well-known/webhooks/:destinationId')
export class WebhookKeysController {
  constructor(private readonly destinations: Destinations) {}

  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  async jwks(@Param('destinationId') id: string): Promise<{ keys: Record<string, unknown>[] }> {
    if (!(await this.destinations.find(id))) throw notFound('Destination', id);
    return { keys: await this.destinations.secrets.publicKeys(id) };
  }
}
