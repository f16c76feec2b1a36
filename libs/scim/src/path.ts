// Names of attributes as callers write them, resolved against the schemas: RFC 7644 §3.10.
import type { AttributeDefinition } from './schema/definition.js';
import { findDefinition, shapeOf, splitUrn, type Described } from './schema/lookup.js';

/**
 * The name of an attribute in the schema's case. `schema` is the URN of an extension and absent for core attributes, however they were
 * written. An extension as a whole has its URN as `name`.
 */
export interface AttributePath {
  schema?: string;
  name: string;
  subAttribute?: string;
}

export interface ResolvedPath {
  path: AttributePath;
  /** The attribute, without regard to a sub-attribute. */
  attribute: AttributeDefinition;
  subAttribute?: AttributeDefinition;
}

/**
 * Resolves `name`, `name.sub`, `urn:…:name`, `urn:…:name.sub`, or the URN of an extension alone, all in any case. A name without URN that
 * only an extension knows resolves there (`manager`, `department`). Undefined when the schemas do not know it.
 */
export function resolvePath(type: Described, text: string): ResolvedPath | undefined {
  const { schema, attributes, extensions, extensionAttributes } = shapeOf(type);
  const urn = splitUrn(type, text);
  if (urn?.rest === '') return whole(findDefinition(extensionAttributes, urn.schema));
  if (urn && urn.schema !== schema.id) {
    return within(findDefinition(extensionAttributes, urn.schema)?.subAttributes, urn.rest, urn.schema);
  }
  const name = urn ? urn.rest : text;
  const found = within(attributes, name);
  if (found || urn) return found;
  for (const extension of extensions) {
    const inExtension = within(extension.attributes, name, extension.id);
    if (inExtension) return inExtension;
  }
  return undefined;
}

function whole(attribute: AttributeDefinition | undefined): ResolvedPath | undefined {
  return attribute && { path: { name: attribute.name }, attribute };
}

function within(
  definitions: readonly AttributeDefinition[] | undefined,
  text: string,
  schema?: string,
): ResolvedPath | undefined {
  const [name = '', sub, ...more] = text.split('.');
  const attribute = findDefinition(definitions, name);
  if (!attribute || more.length > 0) return undefined;
  const path: AttributePath =
    schema === undefined ? { name: attribute.name } : { schema, name: attribute.name };
  if (sub === undefined) return { path, attribute };
  const subAttribute = findDefinition(attribute.subAttributes, sub);
  if (!subAttribute) return undefined;
  return { path: { ...path, subAttribute: subAttribute.name }, attribute, subAttribute };
}

/** The definition of what a resolved path names; undefined when the schemas do not know it. */
export function definitionOf(type: Described, path: AttributePath): AttributeDefinition | undefined {
  const { attributes, extensionAttributes } = shapeOf(type);
  const definitions =
    path.schema === undefined ? attributes : findDefinition(extensionAttributes, path.schema)?.subAttributes;
  const attribute =
    findDefinition(definitions, path.name) ??
    (path.schema === undefined ? findDefinition(extensionAttributes, path.name) : undefined);
  if (path.subAttribute === undefined) return attribute;
  return findDefinition(attribute?.subAttributes, path.subAttribute);
}

/** A path as text that resolves to the same path again. */
export function printPath({ schema, name, subAttribute }: AttributePath): string {
  const prefix = schema === undefined ? '' : `${schema}:`;
  return `${prefix}${name}${subAttribute === undefined ? '' : `.${subAttribute}`}`;
}
