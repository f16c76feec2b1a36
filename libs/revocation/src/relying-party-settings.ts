/** What applications have in common that know people as OpenID Connect names them: by an issuer and a subject. */
import { IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { IsIssuer, TokenSettings } from './revocation-settings.js';
import { SUBJECT_ATTRIBUTES, type SubjectAttribute } from './subject.js';

const CLIENT_ID =
  'client_id must be the id that the application has at its OpenID provider (1 to 255 characters)';

export class RelyingPartySettings extends TokenSettings {
  @IsString({ message: CLIENT_ID })
  @MinLength(1, { message: CLIENT_ID })
  @MaxLength(255, { message: CLIENT_ID })
  client_id: string;

  /** What the application knows as `sub`. There is no default: a wrong one would be acknowledged and end nothing. */
  @IsIn(SUBJECT_ATTRIBUTES, {
    message: `subject_attribute must be the one of ${SUBJECT_ATTRIBUTES.join(', ')} that the application knows as sub`,
  })
  subject_attribute: SubjectAttribute;

  /** `iss` of the token, when the application knows another issuer than Rollcall's public URL. OpenID Connect Core §2 */
  @IsOptional()
  @IsIssuer()
  @MaxLength(2_048)
  issuer?: string;
}
