/**
 * What bodies may be, as the rules say that they are checked by: nothing is written down twice. Swagger knows of the rules' classes
 * only what their types say; of classes in the libraries it knows nothing.
 */
import 'reflect-metadata';
import { getMetadataStorage } from 'class-validator';
import type { Schema } from '../shapes.js';

export type BodyClass = new () => object;

/** As class-validator keeps it. */
interface Rule {
  type: string;
  name?: string;
  propertyName: string;
  constraints?: readonly unknown[];
  each: boolean;
}

/** What one rule means in JSON Schema; a rule that is not here says nothing that JSON Schema can say. */
const KEYWORDS: Readonly<Record<string, (constraint: unknown) => Schema>> = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isBoolean: () => ({ type: 'boolean' }),
  isArray: () => ({ type: 'array' }),
  isObject: () => ({ type: 'object' }),
  isNotEmpty: () => ({ minLength: 1 }),
  isEmail: () => ({ type: 'string', format: 'email' }),
  isUrl: () => ({ type: 'string', format: 'uri' }),
  isIso8601: () => ({ type: 'string', format: 'date-time' }),
  isIn: (values) => enumOf(values as readonly unknown[]),
  equals: (value) => ({ const: value }),
  matches: (pattern) =>
    pattern instanceof RegExp && pattern.flags === ''
      ? { type: 'string', pattern: pattern.source }
      : { type: 'string' },
  min: (minimum) => ({ minimum }),
  max: (maximum) => ({ maximum }),
  minLength: (minLength) => ({ type: 'string', minLength }),
  maxLength: (maxLength) => ({ type: 'string', maxLength }),
  arrayMinSize: (minItems) => ({ minItems }),
  arrayMaxSize: (maxItems) => ({ maxItems }),
  arrayNotEmpty: () => ({ minItems: 1 }),
  arrayUnique: () => ({ uniqueItems: true }),
};

/** The classes that there are rules for, by name. */
export function bodyClasses(): ReadonlyMap<string, BodyClass> {
  const storage = getMetadataStorage() as unknown as { validationMetadatas: Map<BodyClass, unknown> };
  return new Map([...storage.validationMetadatas.keys()].map((each) => [each.name, each]));
}

/**
 * @param known what Swagger says of the class: descriptions, and the classes of lists' elements.
 * @param nested is told of each class that the schema refers to.
 */
export function validatedSchema(
  body: BodyClass,
  known: Schema | undefined,
  nested: (body: BodyClass) => void,
): Schema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(body, '', true, false) as unknown as Rule[];
  const defaults = new body() as Record<string, unknown>;
  const named = (known?.['properties'] ?? {}) as Record<string, Schema>;
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const properties = names.map((name): [string, Schema] => {
    const own = rules.filter(({ propertyName }) => propertyName === name);
    const inner: unknown = Reflect.getMetadata('design:type', body.prototype as object, name);
    const refers = own.some(({ type }) => type === 'nestedValidation') && isBodyClass(inner);
    if (refers) nested(inner);
    const schema = refers ? { $ref: `#/components/schemas/${inner.name}` } : ofRules(own, named[name]);
    const initial = defaults[name];
    return [
      name,
      { ...schema, ...describedIn(named[name]), ...(isPlain(initial) ? { default: initial } : {}) },
    ];
  });
  const required = names.filter(
    (name) =>
      defaults[name] === undefined &&
      !rules.some(
        ({ propertyName, type }) =>
          propertyName === name && ['conditionalValidation', 'whitelistValidation'].includes(type),
      ),
  );
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

function ofRules(rules: readonly Rule[], known: Schema | undefined): Schema {
  const said = (each: boolean): Schema =>
    Object.assign(
      {},
      ...rules
        .filter((rule) => rule.each === each)
        .map(({ name = '', constraints = [] }) => KEYWORDS[name]?.(constraints[0]) ?? {}),
    ) as Schema;
  const whole = said(false);
  const items = { ...((known?.['items'] ?? {}) as Schema), ...said(true) };
  const schema: Schema = { ...whole, ...(Object.keys(items).length > 0 ? { items } : {}) };
  const isNullable = [known?.['type']].flat().includes('null') && typeof schema['type'] === 'string';
  if (!isNullable) return schema;
  const values = schema['enum'] as readonly unknown[] | undefined;
  return { ...schema, type: [schema['type'], 'null'], ...(values ? { enum: [...values, null] } : {}) };
}

function enumOf(values: readonly unknown[]): Schema {
  if (values.every((value) => typeof value === 'boolean')) return { type: 'boolean' };
  return { type: 'string', enum: [...values] };
}

function describedIn(known: Schema | undefined): Schema {
  const description = known?.['description'];
  return description === undefined ? {} : { description };
}

function isBodyClass(value: unknown): value is BodyClass {
  return typeof value === 'function' && ![Object, Array, String, Number, Boolean].includes(value as never);
}

/** Such a default can be shown. */
function isPlain(value: unknown): boolean {
  return (
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every((each) => isPlain(each)))
  );
}
