// A resource as callers see it: RFC 7643 §3, RFC 7644 §3.9.
import { isObject, type Attributes, type Json, type ResourceType } from '../json.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { shapeOf, type Described, type Shape } from '../schema/lookup.js';
import { entityTag } from './entity-tag.js';
import { shownOf, type Projection, type Shows } from './projection.js';

/** A resource as it is kept; times in ISO 8601. */
export interface StoredResource {
  id: string;
  attributes: Attributes;
  version: number;
  created: string;
  lastModified: string;
}

export interface Member {
  value: string;
  type: ResourceType;
  display?: string | undefined;
}

export interface GroupOfUser {
  value: string;
  display?: string | undefined;
  type?: 'direct' | 'indirect' | undefined;
}

export interface PresentOptions {
  /** The SCIM root that the caller used, without a slash at the end. */
  baseUrl: string;
  projection?: Projection | undefined;
  /** Only for groups; left out when nobody asked for them. */
  members?: readonly Member[] | undefined;
  /** Only for users; left out when nobody asked for them. */
  groups?: readonly GroupOfUser[] | undefined;
}

/** The address of a resource. */
export function locationOf(type: ResourceType, id: string, baseUrl: string): string {
  return `${baseUrl}/${type}s/${encodeURIComponent(id)}`;
}

/** The JSON object for an answer: with schemas, id, meta and references, reduced to what the projection lets through. */
export function present(
  described: Described,
  resource: StoredResource,
  options: PresentOptions,
): { [name: string]: Json } {
  const shape = shapeOf(described);
  const { attributes, extensionAttributes } = shape;
  const projection = options.projection ?? {};
  const whole = completed(shape, resource, options);
  const shown = project(attributes, whole, { projection });
  const urns = [shape.schema.id];
  for (const { name, subAttributes } of extensionAttributes) {
    const value = whole[name];
    if (!isObject(value)) continue;
    const part = project(subAttributes ?? [], value, { projection, schema: name });
    if (Object.keys(part).length === 0) continue;
    urns.push(name);
    shown[name] = part;
  }
  return { ...shown, schemas: urns };
}

function completed(
  { type, extensions }: Shape,
  resource: StoredResource,
  options: PresentOptions,
): Attributes {
  const { id, attributes, version, created, lastModified } = resource;
  const { baseUrl, members, groups } = options;
  const whole: Attributes = { schemas: [], ...attributes, id };
  if (type === 'Group' && members) {
    whole['members'] = members.map((member) =>
      linked(member, locationOf(member.type, member.value, baseUrl)),
    );
  }
  if (type === 'User' && groups) {
    whole['groups'] = groups.map((group) => linked(group, locationOf('Group', group.value, baseUrl)));
  }
  for (const { id: urn } of extensions) whole[urn] = withManagerReference(attributes[urn] ?? null, baseUrl);
  const location = locationOf(type, id, baseUrl);
  whole['meta'] = { resourceType: type, created, lastModified, location, version: entityTag(version) };
  return whole;
}

function linked({ value, type, display }: Member | GroupOfUser, address: string): Attributes {
  return {
    value,
    $ref: address,
    ...(type !== undefined && { type }),
    ...(display !== undefined && { display }),
  };
}

function withManagerReference(extension: Json, baseUrl: string): Json {
  const manager = isObject(extension) ? extension['manager'] : undefined;
  if (!isObject(extension) || !isObject(manager) || typeof manager['value'] !== 'string') return extension;
  return { ...extension, manager: { ...manager, $ref: locationOf('User', manager['value'], baseUrl) } };
}

/** The attributes that are shown, in the order of the schema. */
function project(
  definitions: readonly AttributeDefinition[],
  object: Attributes,
  { projection, schema }: { projection: Projection; schema?: string },
): Attributes {
  const shown: Attributes = {};
  for (const definition of definitions) {
    const value = object[definition.name];
    const shows = value === undefined ? undefined : shownOf(definition, schema, projection);
    if (value === undefined || !shows) continue;
    const part = reduced(definition, value, shows);
    if (part !== undefined) shown[definition.name] = part;
  }
  return shown;
}

function reduced(definition: AttributeDefinition, value: Json, shows: Shows): Json | undefined {
  if (!definition.subAttributes) return value;
  if (Array.isArray(value)) {
    const parts = value.flatMap((element) => reduced(definition, element, shows) ?? []);
    return parts.length > 0 || value.length === 0 ? parts : undefined;
  }
  if (!isObject(value)) return value;
  const names = definition.subAttributes
    .filter((sub) => value[sub.name] !== undefined && shows(sub))
    .map(({ name }) => name);
  return names.length > 0 ? Object.fromEntries(names.map((name) => [name, value[name] ?? null])) : undefined;
}
