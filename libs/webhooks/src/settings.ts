import { IsUrl, MaxLength } from 'class-validator';

export class WebhookSettings {
  /** Where the events are posted to. */
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'endpoint_url must be a complete URL that starts with https://' },
  )
  @MaxLength(2_048)
  endpoint_url: string;
}
