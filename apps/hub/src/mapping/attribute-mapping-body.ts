/** An attribute mapping as callers of the API write it, as it is shown to them, and as the rules that people are seen by. */
import { isAlwaysList, type AttributeRule } from '@app/directory';
import { isObject, readValuePath, ScimError, type Json, type Shape } from '@app/scim';
import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsBoolean,
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

const ATTRIBUTES_AT_MOST = 100;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const NAME_MESSAGE = {
  message: 'name must begin with a letter and have at most 64 letters, digits and underscores',
};
const VALUES_AT_MOST = 500;
const JSON_CHARACTERS_AT_MOST = 4_096;

export class AttributeRuleBody {
  @IsString()
  @Matches(NAME, NAME_MESSAGE)
  name: string;

  /** A path of SCIM, such as `urn:…:User:costCenter` or `emails[type eq "work"].value`. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(1_000)
  path?: string;

  /** Of whoever has no value. */
  @Allow() default?: Json;

  @IsOptional()
  @IsBoolean()
  lowercase?: boolean;

  /** What each value becomes. */
  @IsOptional()
  @IsObject()
  values?: Record<string, Json>;

  /** What every other value becomes. */
  @Allow() fallback?: Json;

  @IsOptional()
  @IsBoolean()
  required?: boolean;
}

export class AttributeMappingBody {
  @IsArray()
  @ArrayMaxSize(ATTRIBUTES_AT_MOST)
  @ValidateNested({ each: true })
  @Type(() => AttributeRuleBody)
  attributes: AttributeRuleBody[];
}

export class AttributePreviewBody extends AttributeMappingBody {
  @IsOptional()
  @IsString()
  user_id?: string;

  /** How many people are shown; of how many is told besides. */
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

/** @param shape the schemas of the directory's people. @throws ApiError 422 that names each rule that cannot be. */
export function rulesOf({ attributes }: AttributeMappingBody, shape: Shape): AttributeRule[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const rules = attributes.map((body, index) => {
    const wrong = (field: string, code: string, message: string): void =>
      void errors.push({ field: `attributes.${index}.${field}`, code, message: `${body.name}: ${message}` });
    if (names.has(body.name)) wrong('name', 'duplicate_name', 'an earlier rule has this name');
    names.add(body.name);
    return ruleOf(body, shape, wrong);
  });
  if (errors.length > 0) throw invalid(errors);
  return rules;
}

type Wrong = (field: string, code: string, message: string) => void;

function ruleOf(body: AttributeRuleBody, shape: Shape, wrong: Wrong): AttributeRule {
  const { name, path, lowercase, values, required } = body;
  refuseContradictions(body, wrong);
  const rule: AttributeRule = {
    name,
    ...(path === undefined || path === null ? {} : { path }),
    ...(isGiven(body.default) ? { default: body.default } : {}),
    ...(lowercase ? { lowercase } : {}),
    ...(values ? { values } : {}),
    ...(isGiven(body.fallback) ? { fallback: body.fallback } : {}),
    ...(required ? { required } : {}),
  };
  if (rule.path === undefined) return rule;
  const source = sourceOf(rule.path, shape, wrong);
  if (source && isAlwaysList(name) && (!source.list || source.subAttribute !== undefined))
    wrong('path', 'not_a_list', `consumers take it for a list, such as ${name}; name one as a whole`);
  return source ? { ...rule, source } : rule;
}

function sourceOf(path: string, shape: Shape, wrong: Wrong): AttributeRule['source'] {
  try {
    const source = readValuePath(shape, path);
    if (source.schema !== undefined || source.name !== 'active') return source;
    wrong('path', 'invalid_path', 'whether somebody is active is shown as their state, and cannot be mapped');
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const code = error.scimType === 'invalidFilter' ? 'invalid_filter' : 'invalid_path';
    wrong('path', code, error.detail.replace(/\.$/, ''));
  }
  return undefined;
}

function refuseContradictions(body: AttributeRuleBody, wrong: Wrong): void {
  const { name, path, values, required, lowercase } = body;
  const hasPath = isGiven(path);
  if (!hasPath && !isGiven(body.default)) wrong('path', 'required', 'give a path, a default, or both');
  if (!hasPath && (required || lowercase || values))
    wrong('path', 'required', 'required, lowercase and values need a path');
  if (required && isGiven(body.default))
    wrong('required', 'contradiction', 'with a default nobody lacks it; give either');
  if (isGiven(body.fallback) && !values) wrong('fallback', 'needs_values', 'a fallback needs values');
  if (isAlwaysList(name) && isGiven(body.default) && !isListOfObjects(body.default))
    wrong('default', 'not_a_list', 'consumers take it for a list of objects');
  if (isAlwaysList(name) && (values || lowercase))
    wrong('values', 'not_a_value', 'its elements are objects, which values and lowercase do not apply to');
  if (values && Object.keys(values).length > VALUES_AT_MOST)
    wrong('values', 'too_many', `at most ${VALUES_AT_MOST} values`);
  for (const field of ['default', 'fallback', 'values'] as const) {
    const text = JSON.stringify(body[field] ?? null);
    const limit = field === 'values' ? 16 * JSON_CHARACTERS_AT_MOST : JSON_CHARACTERS_AT_MOST;
    if (text.length > limit) wrong(field, 'too_long', `${field} may have ${limit} characters of JSON`);
    if (text.includes('\\u0000')) wrong(field, 'invalid_text', 'no text here may hold NUL (U+0000)');
  }
}

function isListOfObjects(value: Json): boolean {
  return Array.isArray(value) && value.every((element) => isObject(element));
}

/** SCIM's own view: null says nothing. */
function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

export function shownRule({ source: _resolved, ...rule }: AttributeRule): object {
  return rule;
}
