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

/** What an endpoint has that says nothing else; the same that every endpoint had before there was a choice. */
export const DEFAULT_SIGNATURES: readonly Signature[] = ['v1', 'workos'];
export const DEFAULT_PAYLOAD: Payload = 'full';

/** A rule of class-validator: one or more signatures, none twice. */
export function AreSignatures(): PropertyDecorator {
  const message = `signatures must be a list of one or more of ${SIGNATURES.join(', ')}, each at most once`;
  return all(
    IsArray({ message }),
    ArrayNotEmpty({ message }),
    ArrayUnique({ message }),
    IsIn(SIGNATURES, { each: true, message }),
  );
}

/** A rule of class-validator: one of `PAYLOADS`. */
export function IsPayload(): PropertyDecorator {
  return IsIn(PAYLOADS, { message: `payload must be one of ${PAYLOADS.join(', ')}` });
}

function all(...rules: PropertyDecorator[]): PropertyDecorator {
  return (target, name) => rules.forEach((rule) => rule(target, name));
}

export class WebhookSettings {
  /** Where the events are posted to. */
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'endpoint_url must be a complete URL that starts with https://' },
  )
  @MaxLength(2_048)
  endpoint_url: string;

  @AreSignatures()
  signatures: Signature[] = [...DEFAULT_SIGNATURES];

  @IsPayload()
  payload: Payload = DEFAULT_PAYLOAD;
}
