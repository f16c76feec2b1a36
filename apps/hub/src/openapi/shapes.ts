/** Short words for JSON Schema 2020-12, which OpenAPI 3.1 uses. Pure. */

export type Schema = { readonly [keyword: string]: unknown };

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const count: Schema = { type: 'integer' };
export const time: Schema = { type: 'string', format: 'date-time' };
export const url: Schema = { type: 'string', format: 'uri' };
/** JSON of any kind. */
export const anything: Schema = {};
export const number: Schema = { type: 'number' };

export const listOf = (items: Schema): Schema => ({ type: 'array', items });
export const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
export const maybe = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const exactly = (value: string | boolean): Schema => ({ const: value });
export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values });
export const either = (...schemas: readonly Schema[]): Schema => ({ anyOf: schemas });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object whose names are not ours to say. @param description says whose they are. */
export const foreign = (description: string): Schema => ({
  type: 'object',
  additionalProperties: true,
  description,
});

export const described = (description: string, schema: Schema): Schema => ({ ...schema, description });

/** @param properties all are there always. @param optional those that may be absent. Nothing else is there. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    type: 'object',
    properties: { ...properties, ...optional },
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

/** A file, or any body of another type than JSON. */
export const file = (contentMediaType: string): Schema => ({ type: 'string', contentMediaType });

/** An object that says what it is: `"object": "directory"`. */
export function kind(
  name: string,
  properties: Readonly<Record<string, Schema>>,
  optional?: Readonly<Record<string, Schema>>,
): Schema {
  return object({ object: exactly(name), ...properties }, optional);
}

/** The envelope of every list. */
export function page(items: Schema): Schema {
  const cursor = maybe(text);
  return kind('list', {
    data: listOf(items),
    list_metadata: object({ before: cursor, after: cursor }),
  });
}
