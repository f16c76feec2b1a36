/** What callers may say of an organization. */
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { domainName, DOMAINS_OF_AN_ORGANIZATION_AT_MOST, type Organization } from '@app/tenancy';
import { isGiven } from '../leaving-settings.js';
import type { DomainWish, OrganizationWish } from '../organizations/organization-set-up.js';
import { ApiError } from './api-error.js';
import { invalid } from './validation.js';

const METADATA_KEYS_AT_MOST = 10;
const METADATA_KEY_MOST = 40;
const METADATA_VALUE_MOST = 600;
const ASCII = /^[\x20-\x7e]*$/;
const OWN_ID = /^[\x20-\x7e]{1,128}$/;
const OWN_ID_MESSAGE = { message: '$property must have 1 to 128 ASCII characters' };

export class DomainDatum {
  @IsString()
  @IsNotEmpty()
  domain: string;

  /** `verified`: the operator vouches for it, and nobody asks DNS. */
  @IsOptional()
  @IsIn(['pending', 'verified'])
  state?: 'pending' | 'verified';
}

class OrganizationBody {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(DOMAINS_OF_AN_ORGANIZATION_AT_MOST)
  @ValidateNested({ each: true })
  @Type(() => DomainDatum)
  domain_data?: DomainDatum[];

  /** As older SDKs say it. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(DOMAINS_OF_AN_ORGANIZATION_AT_MOST)
  @IsString({ each: true })
  domains?: string[];

  @ValidateIf(isGiven)
  @IsBoolean()
  allow_profiles_outside_organization?: boolean;

  @IsOptional()
  @IsString()
  @Matches(OWN_ID, OWN_ID_MESSAGE)
  external_id?: string | null;

  @IsOptional()
  @IsString()
  @Matches(OWN_ID, OWN_ID_MESSAGE)
  stripe_customer_id?: string | null;

  /** Read by `metadataOf`: its errors have a status of their own. */
  @Allow()
  metadata?: unknown;
}

export class NewOrganization extends OrganizationBody {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;
}

/** What is not there stays as it is. */
export class OrganizationChange extends OrganizationBody {
  @ValidateIf(isGiven)
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;
}

/** @param before the organization that the body changes. @throws ApiError 400, 422 */
export function wishOf(body: OrganizationChange, before?: Organization): OrganizationWish {
  const wish: OrganizationWish = {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.allow_profiles_outside_organization === undefined
      ? {}
      : { allowProfilesOutsideOrganization: body.allow_profiles_outside_organization }),
    ...(body.external_id === undefined ? {} : { externalId: body.external_id }),
    ...(body.stripe_customer_id === undefined ? {} : { stripeCustomerId: body.stripe_customer_id }),
    ...(body.metadata === undefined ? {} : { metadata: metadataOf(body.metadata, before?.metadata ?? {}) }),
  };
  const domains = domainsOf(body);
  return domains ? { ...wish, domains } : wish;
}

/** What is given is added, `null` removes its key, and an empty object all. */
function metadataOf(given: unknown, before: Record<string, string>): Record<string, string> {
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw invalidMetadata('it must be an object');
  const entries = Object.entries(given);
  if (entries.length === 0) return {};
  for (const [key, value] of entries) {
    if (key === '' || key.length > METADATA_KEY_MOST || !ASCII.test(key))
      throw invalidMetadata(`each key must have 1 to ${METADATA_KEY_MOST} ASCII characters`);
    if (value === null) continue;
    if (typeof value !== 'string' || value.length > METADATA_VALUE_MOST || !ASCII.test(value))
      throw invalidMetadata(
        `the value of '${key}' must be a text of at most ${METADATA_VALUE_MOST} ASCII characters`,
      );
  }
  const merged = { ...before, ...(given as Record<string, string | null>) };
  const kept = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null);
  if (kept.length > METADATA_KEYS_AT_MOST)
    throw invalidMetadata(`it may have at most ${METADATA_KEYS_AT_MOST} keys, and would have ${kept.length}`);
  return Object.fromEntries(kept);
}

function invalidMetadata(reason: string): ApiError {
  return new ApiError(400, 'invalid_metadata', `The metadata cannot be kept: ${reason}.`);
}

function domainsOf({ domain_data: data, domains: names }: OrganizationChange): DomainWish[] | undefined {
  if (data && names)
    throw invalid([
      {
        field: 'domains',
        code: 'ambiguous',
        message: 'domains and domain_data say the same: give one of them',
      },
    ]);
  const [field, wanted] = names
    ? ['domains', names.map((domain): DomainDatum => ({ domain }))]
    : ['domain_data', data];
  if (!wanted) return undefined;
  const wishes = wanted.map(({ domain, state = 'pending' }) => ({ domain: nameOf(domain, field), state }));
  const twice = wishes.find(
    ({ domain }, place) => wishes.findIndex((other) => other.domain === domain) !== place,
  );
  if (twice)
    throw invalid([
      { field, code: 'duplicate_domain', message: `${field} names ${twice.domain} more than once` },
    ]);
  return wishes;
}

/** @throws ApiError 422 */
export function nameOf(text: string, field: string): string {
  const name = domainName(text);
  if (name !== undefined) return name;
  const message = `'${text.slice(0, 100)}' is not the name of a domain, such as acme.com`;
  throw invalid([{ field, code: 'invalid_domain', message }]);
}
