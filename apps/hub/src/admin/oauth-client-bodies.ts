/** What people send to make and change OAuth clients. */
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { AUTHENTICATION_METHODS, type AuthenticationMethod } from '@app/tenancy';
import { OVERLAP_MESSAGE, OVERLAP_MOST_IN_SECONDS } from './expiry.js';

const METHODS_MESSAGE = `authentication_methods must be a list of one or more of ${AUTHENTICATION_METHODS.join(', ')}`;

export class OAuthClientBody {
  @ValidateIf((body: OAuthClientBody) => body.authentication_methods !== undefined)
  @IsArray({ message: METHODS_MESSAGE })
  @ArrayNotEmpty({ message: METHODS_MESSAGE })
  @ArrayUnique({ message: METHODS_MESSAGE })
  @IsIn(AUTHENTICATION_METHODS, { each: true, message: METHODS_MESSAGE })
  authentication_methods?: AuthenticationMethod[];

  /** Public keys, for `private_key_jwt`: RFC 7517 §5. */
  @IsOptional()
  @IsObject()
  jwks?: Record<string, unknown> | null;

  /** Known only to say that it is not supported. */
  @IsOptional()
  jwks_uri?: unknown;
}

export class NewOAuthClientBody extends OAuthClientBody {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;
}

export class OAuthClientChangeBody extends OAuthClientBody {
  @ValidateIf((body: OAuthClientChangeBody) => body.name !== undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;
}

export class SecretRotationBody {
  @ValidateIf((body: SecretRotationBody) => body.overlap_seconds !== undefined)
  @IsInt({ message: OVERLAP_MESSAGE })
  @Min(0, { message: OVERLAP_MESSAGE })
  @Max(OVERLAP_MOST_IN_SECONDS, { message: OVERLAP_MESSAGE })
  overlap_seconds?: number;
}
