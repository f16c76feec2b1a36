import { Type } from 'class-transformer';
import {
  IsIn,
  IsOptional,
  IsString,
  IsUrl,
  MaxLength,
  MinLength,
  ValidateIf,
  ValidateNested,
  IsDefined,
} from 'class-validator';

export const SUBJECT_FORMATS = ['email', 'iss_sub', 'opaque'] as const;
export const SUBJECT_ATTRIBUTES = ['id', 'externalId', 'userName', 'email'] as const;

/** How the application knows the person. RFC 9493 §3.2 */
export class SubjectSettings {
  @IsIn(SUBJECT_FORMATS, { message: `subject.format must be one of ${SUBJECT_FORMATS.join(', ')}` })
  format: (typeof SUBJECT_FORMATS)[number];

  /** With `iss_sub`: who gave out the subject, for example the identity provider's issuer URL. */
  @ValidateIf((subject: SubjectSettings) => subject.format === 'iss_sub' || subject.issuer !== undefined)
  @IsString({ message: 'subject.issuer is needed with the format iss_sub' })
  @MinLength(1)
  @MaxLength(2_048)
  issuer?: string;

  /** With `iss_sub` and `opaque`: which of the person's attributes the application knows them by. */
  @ValidateIf((subject: SubjectSettings) => subject.format !== 'email' || subject.attribute !== undefined)
  @IsIn(SUBJECT_ATTRIBUTES, { message: `subject.attribute must be one of ${SUBJECT_ATTRIBUTES.join(', ')}` })
  attribute?: (typeof SUBJECT_ATTRIBUTES)[number];
}

export class GlobalTokenRevocationSettings {
  /** The application's revocation endpoint. */
  @IsUrl(
    { protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true },
    { message: 'endpoint_url must be a complete URL that starts with https://' },
  )
  @MaxLength(2_048)
  endpoint_url: string;

  @IsDefined()
  @ValidateNested({ message: 'subject must be an object' })
  @Type(() => SubjectSettings)
  subject: SubjectSettings = emailSubject();

  /** `aud` of the token; the endpoint's URL without query unless given. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2_048)
  audience?: string;

  /** The member that names the person; older receivers read `subject`. */
  @IsIn(['sub_id', 'subject'])
  subject_key: 'sub_id' | 'subject' = 'sub_id';
}

function emailSubject(): SubjectSettings {
  return Object.assign(new SubjectSettings(), { format: 'email' as const });
}
