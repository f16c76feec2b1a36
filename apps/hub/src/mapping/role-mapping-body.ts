/** A role mapping as callers of the API write it, and as it is shown to them. */
import type { GroupSelector, RoleMapping, RoleRule } from '@app/directory';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import type { FieldError } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';

const RULES_AT_MOST = 500;
const ROLES_OF_A_RULE_AT_MOST = 20;
export const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const SLUG_MESSAGE =
  'a role is a slug: at most 64 lower-case letters, digits, hyphens and underscores, such as "org-admin"';

/** One of the three. */
export class GroupSelectorBody {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  id?: string;

  /** In any case; all groups that have it. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  name?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(512)
  external_id?: string;
}

export class RoleRuleBody {
  @IsObject()
  @ValidateNested()
  @Type(() => GroupSelectorBody)
  group: GroupSelectorBody;

  /** The foremost first. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ROLES_OF_A_RULE_AT_MOST)
  @ArrayUnique()
  @Matches(SLUG, { each: true, message: SLUG_MESSAGE })
  roles: string[];
}

export class RoleMappingBody {
  @IsArray()
  @ArrayMaxSize(RULES_AT_MOST)
  @ValidateNested({ each: true })
  @Type(() => RoleRuleBody)
  rules: RoleRuleBody[];

  /** Of whoever is in no group that a rule names. */
  @IsOptional()
  @IsString()
  @Matches(SLUG, { message: SLUG_MESSAGE })
  default_role?: string | null;
}

export class RolePreviewBody extends RoleMappingBody {
  @IsOptional()
  @IsString()
  user_id?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;

  /** The id of the person after whom to go on. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  after?: string;
}

export class OrganizationRolePreviewBody extends RolePreviewBody {
  /** Whose people are shown. */
  @IsString()
  @IsNotEmpty()
  directory_id: string;
}

/** @throws ApiError 422 for a group that is named in several ways, or in none. */
export function roleMappingOf({ rules, default_role: defaultRole }: RoleMappingBody): RoleMapping {
  const errors: FieldError[] = [];
  const made = rules.map(({ group, roles }, index): RoleRule => {
    const given = Object.entries(group).filter(([, value]) => value !== undefined && value !== null);
    if (given.length !== 1) {
      const message = 'name the group by exactly one of id, name and external_id';
      errors.push({ field: `rules.${index}.group`, code: 'one_of', message });
    }
    return { group: Object.fromEntries(given) as GroupSelector, roles };
  });
  if (errors.length > 0) throw invalid(errors);
  return { rules: made, defaultRole: defaultRole ?? null };
}

export function shownRoleRule({ group, roles }: RoleRule): object {
  return { group, roles };
}
