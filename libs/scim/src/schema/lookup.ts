// Which schemas a type of resource uses, and finding a definition by a name in any case (RFC 7643 §2.1).
import type { ResourceType } from '../json.js';
import { complex, type AttributeDefinition, type SchemaDefinition } from './definition.js';
import { ENTERPRISE_SCHEMA, ENTERPRISE_URN } from './enterprise.js';
import { EVERY_RESOURCE } from './every-resource.js';
import { GROUP_SCHEMA, GROUP_URN } from './group.js';
import { USER_SCHEMA, USER_URN } from './user.js';

/** Everything that requests about one type of resource are read and answered by. */
export interface Shape {
  type: ResourceType;
  schema: SchemaDefinition;
  extensions: SchemaDefinition[];
  /** The schema's own attributes and those that every resource has. */
  attributes: AttributeDefinition[];
  /** Each extension seen as one complex attribute that is called by its URN. */
  extensionAttributes: AttributeDefinition[];
  /** The ways to write the URNs of these schemas, in lower case, the longest first. */
  urns: KnownUrn[];
}

/** A shape, or the name of a type for the shape that the RFCs give it. What belongs to a directory comes with the directory's own shape. */
export type Described = ResourceType | Shape;

interface KnownUrn {
  written: string;
  schema: string;
}

// Besides the URNs of RFC 7643: those of the 2.0 drafts, which OneLogin still sends, and Entra's spelling without the last colon.
const OTHER_URNS: { [urn: string]: string[] } = {
  [USER_URN]: ['urn:scim:schemas:core:2.0:User', 'urn:scim:schemas:core:2.0', 'urn:scim:schemas:core:1.0'],
  [GROUP_URN]: ['urn:scim:schemas:core:2.0:Group', 'urn:scim:schemas:core:2.0', 'urn:scim:schemas:core:1.0'],
  [ENTERPRISE_URN]: [
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0User',
    'urn:scim:schemas:extension:enterprise:2.0:User',
    'urn:scim:schemas:extension:enterprise:2.0',
    'urn:scim:schemas:extension:enterprise:1.0',
  ],
};

function shape(type: ResourceType, schema: SchemaDefinition, extensions: SchemaDefinition[]): Shape {
  return {
    type,
    schema,
    extensions,
    attributes: [...EVERY_RESOURCE, ...schema.attributes],
    extensionAttributes: extensions.map(({ id, description, attributes }) =>
      complex(id, description, attributes),
    ),
    urns: [schema, ...extensions].flatMap(urnsOf).sort((a, b) => b.written.length - a.written.length),
  };
}

function urnsOf({ id }: SchemaDefinition): KnownUrn[] {
  return [id, ...(OTHER_URNS[id] ?? [])].map((written) => ({ written: written.toLowerCase(), schema: id }));
}

const SHAPES: { [Type in ResourceType]: Shape } = {
  User: shape('User', USER_SCHEMA, [ENTERPRISE_SCHEMA]),
  Group: shape('Group', GROUP_SCHEMA, []),
};

/** The schema, extensions and attributes of a type of resource. */
export function shapeOf(described: Described): Shape {
  return typeof described === 'string' ? SHAPES[described] : described;
}

/** The shape of a type with further extensions, as a directory may declare them. */
export function extendedShape(type: ResourceType, extensions: SchemaDefinition[]): Shape {
  const { schema, extensions: standard } = SHAPES[type];
  return extensions.length === 0 ? SHAPES[type] : shape(type, schema, [...standard, ...extensions]);
}

const indexes = new WeakMap<readonly AttributeDefinition[], Map<string, AttributeDefinition>>();

/** The definition with this name, in any case; undefined when there is none. */
export function findDefinition(
  definitions: readonly AttributeDefinition[] | undefined,
  name: string,
): AttributeDefinition | undefined {
  if (!definitions) return undefined;
  let index = indexes.get(definitions);
  if (!index) {
    index = new Map(definitions.map((definition) => [definition.name.toLowerCase(), definition]));
    indexes.set(definitions, index);
  }
  return index.get(name.toLowerCase());
}

/**
 * Takes the schema URN from the front of a name. URNs hold dots and colons themselves ("2.0"), so only known ones are taken, the longest
 * first; a dot after the URN is read like a colon. `rest` is empty when the URN stands alone. Undefined: no known URN stands in front.
 */
export function splitUrn(described: Described, text: string): { schema: string; rest: string } | undefined {
  const lower = text.toLowerCase();
  if (!lower.startsWith('urn:')) return undefined;
  for (const { written, schema } of shapeOf(described).urns) {
    if (!lower.startsWith(written)) continue;
    const next = lower[written.length];
    if (next === undefined || next === ':' || next === '.')
      return { schema, rest: text.slice(written.length + 1) };
  }
  return undefined;
}
