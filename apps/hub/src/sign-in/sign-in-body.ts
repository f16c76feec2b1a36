/** The body of a sign-in check: where to look, by which name, and, to make who is unknown, what is known of them. */
import { Type } from 'class-transformer';
import {
  IsEmail,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { SIGN_IN_NAMES, type SignInName, type SignInPlace } from '@app/projections';
import { invalid } from '../consumer/validation.js';

const NAME_AT_MOST_IN_CHARACTERS = 500;

/** What the identity provider said at the sign-in. */
export class ProfileBody {
  @IsOptional()
  @IsString()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  first_name?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  last_name?: string;

  /** The whole name, as it is shown. */
  @IsOptional()
  @IsString()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  name?: string;

  /** Where the check itself goes by another name. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  idp_id?: string;

  @IsOptional()
  @IsEmail()
  email?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  user_name?: string;
}

export class SignInCheckBody {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  organization_id?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  directory_id?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  idp_id?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  email?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME_AT_MOST_IN_CHARACTERS)
  user_name?: string;

  /** Given, possibly empty: whoever is unknown is made, where the directory allows it. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ProfileBody)
  just_in_time?: ProfileBody;
}

export interface Asked {
  place: SignInPlace;
  by: { name: SignInName; value: string };
  profile: ProfileBody | undefined;
}

/** @throws ApiError 422 unless there is one place to look and one name to look for. */
export function askedOf(body: SignInCheckBody): Asked {
  const { organization_id: organizationId, directory_id: directoryId, just_in_time: profile } = body;
  const places: SignInPlace[] = [
    ...(organizationId === undefined ? [] : [{ organizationId }]),
    ...(directoryId === undefined ? [] : [{ directoryId }]),
  ];
  const names = SIGN_IN_NAMES.flatMap((name) => {
    const value = body[name];
    return value === undefined ? [] : [{ name, value }];
  });
  if (places.length !== 1) throw exactlyOne('organization_id', ['organization_id', 'directory_id']);
  if (names.length !== 1) throw exactlyOne('idp_id', SIGN_IN_NAMES);
  return { place: places[0]!, by: names[0]!, profile };
}

function exactlyOne(field: string, names: readonly string[]): Error {
  const message = `send exactly one of ${names.join(', ')}`;
  return invalid([{ field, code: 'exactly_one', message }]);
}
