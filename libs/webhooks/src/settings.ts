import { ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsUrl, MaxLength } from 'class-validator';

/**
 * How a request can be signed: as Standard Webhooks 1.0.0 with a shared secret (`v1`) or a key pair (`v1a`), or as the
 * libraries of others verify.
 */
export const SIGNATURES = ['v1', 'v1a', 'workos', 'github', 'stripe'] as const;
export type Signature = (typeof SIGNATURES)[number];

/** `full`: what the events API shows. `thin`: ids only, no personal data. */
export const PAYLOADS = ['full', 'thin'] as const;
export type Payload = (typeof PAYLOADS)[number];

const SIGNATURES_MESSAGE = `signatures must be a list of one or more of ${SIGNATURES.join(', ')}, each at most once`;
const PAYLOAD_MESSAGE = `payload must be one of ${PAYLOADS.join(', ')}`;

export class WebhookSettings {
  /** Where the events are posted to. */
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'endpoint_url must be a complete URL that starts with https://' },
  )
  @MaxLength(2_048)
  endpoint_url: string;

  @IsArray({ message: SIGNATURES_MESSAGE })
  @ArrayNotEmpty({ message: SIGNATURES_MESSAGE })
  @ArrayUnique({ message: SIGNATURES_MESSAGE })
  @IsIn(SIGNATURES, { each: true, message: SIGNATURES_MESSAGE })
  signatures: Signature[] = ['v1', 'workos'];

  @IsIn(PAYLOADS, { message: PAYLOAD_MESSAGE })
  payload: Payload = 'full';
}
