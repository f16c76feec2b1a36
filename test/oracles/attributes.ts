/** The attributes of the User schema as filters and resources of the tests name them. */
import {
  definitionOf,
  ENTERPRISE_SCHEMA,
  ENTERPRISE_URN,
  USER_SCHEMA,
  type AttributeDefinition,
  type AttributePath,
  type Json,
} from '@app/scim';

export interface Known {
  path: AttributePath;
  /** What is compared: the attribute, or its sub-attribute. */
  definition: AttributeDefinition;
  /** Whether it, or the attribute that it is a part of, has many values. */
  inList: boolean;
}

const EVERY_RESOURCE = ['id', 'externalId', 'meta.created', 'meta.lastModified', 'meta.resourceType'];

/** Everything that a filter may name: attributes and their sub-attributes, of the core schema and of the extension; never the password. */
export const ATTRIBUTES: readonly Known[] = [
  ...EVERY_RESOURCE.map((written) => {
    const [name = '', subAttribute] = written.split('.');
    return known(subAttribute === undefined ? { name } : { name, subAttribute });
  }),
  ...USER_SCHEMA.attributes.flatMap((definition) => withParts({ name: definition.name }, definition)),
  ...ENTERPRISE_SCHEMA.attributes.flatMap((definition) =>
    withParts({ schema: ENTERPRISE_URN, name: definition.name }, definition),
  ),
  known({ name: ENTERPRISE_URN }),
].filter(({ definition }) => definition.returned !== 'never');

/** The sub-attributes of an attribute, as a filter in brackets names them. */
export function partsOf({ subAttributes = [] }: AttributeDefinition): Known[] {
  return subAttributes.map((definition) => ({
    path: { name: definition.name },
    definition,
    inList: false,
  }));
}

function withParts(path: AttributePath, { subAttributes = [] }: AttributeDefinition): Known[] {
  return [path, ...subAttributes.map((sub) => ({ ...path, subAttribute: sub.name }))].map(known);
}

function known(path: AttributePath): Known {
  const definition = definitionOf('User', path);
  const { subAttribute: _part, ...whole } = path;
  if (!definition) throw new Error(`the User schema has no ${JSON.stringify(path)}`);
  return { path, definition, inList: definitionOf('User', whole)?.multiValued ?? false };
}

/** What compares when a complex attribute is compared without a sub-attribute: its value, RFC 7643 §2.4. */
export function comparedIn({ definition }: Known): AttributeDefinition | undefined {
  return definition.type === 'complex'
    ? definition.subAttributes?.find(({ name }) => name === 'value')
    : definition;
}

/** Everything that stands at a path, lists taken apart. */
export function found(value: Json, { schema, name, subAttribute }: AttributePath): Json[] {
  const steps = [schema, name, subAttribute].filter((step) => step !== undefined);
  return steps.reduce<Json[]>((owners, step) => owners.flatMap((owner) => members(owner, step)), [value]);
}

function members(owner: Json, name: string): Json[] {
  if (Array.isArray(owner)) return owner.flatMap((one) => members(one, name));
  if (typeof owner !== 'object' || owner === null) return [];
  const member = owner[name];
  if (member === undefined) return [];
  return Array.isArray(member) ? member : [member];
}
