/** The settings of a stream of security events: a destination whose id is the stream's (Shared Signals Framework 1.0 §8.1.1). */
import { DEFAULT_SIGNING_ALGORITHM, type SigningAlgorithm } from '@app/delivery';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsDefined,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  MaxLength,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { REVOCATION_CAUSES, USUAL_CAUSES, type RevocationCause } from '../../causes.js';
import { IsSigningAlgorithm } from '../../revocation-settings.js';
import { emailSubject, SubjectSettings, type SubjectIdentifier } from '../../subject.js';

/** We call the receiver: RFC 8935. */
export const PUSH_DELIVERY = 'urn:ietf:rfc:8935';
/** The receiver calls us: RFC 8936. */
export const POLL_DELIVERY = 'urn:ietf:rfc:8936';
export const DELIVERY_METHODS = [PUSH_DELIVERY, POLL_DELIVERY] as const;
export type DeliveryMethod = (typeof DELIVERY_METHODS)[number];

const AUDIENCES_AT_MOST = 20;
const EVENT_TYPES_AT_MOST = 100;
/** Compared with each event's person; a receiver that wants few of many is better restricted to groups. */
export const REMOVED_SUBJECTS_AT_MOST = 1_000;

export class StreamDelivery {
  @IsIn(DELIVERY_METHODS, { message: `delivery.method must be one of ${DELIVERY_METHODS.join(', ')}` })
  method: DeliveryMethod;

  /** Where a pushed stream goes. What is sent as `authorization` with it is a header of the destination's `request`. */
  @ValidateIf(
    ({ method, endpoint_url: url }: StreamDelivery) => method === PUSH_DELIVERY || url !== undefined,
  )
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'delivery.endpoint_url must be a complete URL that starts with https://' },
  )
  @MaxLength(2_048)
  endpoint_url?: string;
}

export class SharedSignalsSettings {
  @IsDefined({ message: 'delivery must be an object with a method and, to push, an endpoint_url' })
  @ValidateNested({ message: 'delivery must be an object with a method and, to push, an endpoint_url' })
  @Type(() => StreamDelivery)
  delivery: StreamDelivery;

  /** `aud` of the tokens: whom the receiver knows itself as. One may be given without a list. */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value))
  @IsArray({ message: 'audience must be a string, or a list of strings' })
  @ArrayNotEmpty()
  @ArrayMaxSize(AUDIENCES_AT_MOST)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(2_048, { each: true })
  audience: string[];

  /** What the tokens are signed with, pushed or polled. RS256 is what every receiver can verify. */
  @IsSigningAlgorithm()
  signing_algorithm: SigningAlgorithm = DEFAULT_SIGNING_ALGORITHM;

  /** As the receiver asked for them; those that nobody here knows are never sent. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(EVENT_TYPES_AT_MOST)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(2_048, { each: true })
  events_requested: string[];

  /** How the receiver knows people. SCIM events name them by RFC 9967 instead. */
  @IsDefined()
  @ValidateNested({ message: 'subject must be an object' })
  @Type(() => SubjectSettings)
  subject: SubjectSettings = emailSubject();

  /** Whom the receiver has taken out of its stream (§8.1.3), in the stream's own format and in canonical form. */
  @IsArray()
  @ArrayMaxSize(REMOVED_SUBJECTS_AT_MOST)
  @IsObject({ each: true })
  subjects_removed: SubjectIdentifier[] = [];

  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  description?: string;

  /** What ends sessions at this application. `access_removed` needs `filter.group_ids`: the groups that grant it. */
  @IsArray()
  @ArrayUnique()
  @IsIn(REVOCATION_CAUSES, { each: true, message: `causes must be some of ${REVOCATION_CAUSES.join(', ')}` })
  causes: RevocationCause[] = [...USUAL_CAUSES];
}
