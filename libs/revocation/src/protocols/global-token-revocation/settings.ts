import { Type } from 'class-transformer';
import { IsDefined, IsIn, IsOptional, IsString, MaxLength, MinLength, ValidateNested } from 'class-validator';
import { IsIssuer, TokenSettings } from '../../revocation-settings.js';
import { emailSubject, SubjectSettings } from '../../subject.js';

const CLIENT_ID = 'client_id must be the id that the application has at the issuer (1 to 255 characters)';

export class GlobalTokenRevocationSettings extends TokenSettings {
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

  /** `iss` of the token, when the application expects that of its ID tokens; Rollcall's public URL unless given. */
  @IsOptional()
  @IsIssuer()
  @MaxLength(2_048)
  issuer?: string;

  /** `sub` of the token: the application's client id at that issuer (of SAML its instance id); the token's `iss` unless given. */
  @IsOptional()
  @IsString({ message: CLIENT_ID })
  @MinLength(1, { message: CLIENT_ID })
  @MaxLength(255, { message: CLIENT_ID })
  client_id?: string;

  /** The member that names the person; older receivers read `subject`. */
  @IsIn(['sub_id', 'subject'])
  subject_key: 'sub_id' | 'subject' = 'sub_id';
}
