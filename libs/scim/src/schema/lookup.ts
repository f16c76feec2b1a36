// Which schemas a type of resource uses, and finding a definition by a name in any case (RFC 7643 §2.1).
import type { ResourceType } from '../json.js';
import { complex, type AttributeDefinition, type SchemaDefinition } from './definition.js';
import { ENTERPRISE_SCHEMA, ENTERPRISE_URN } from './enterprise.js';
import { EVERY_RESOURCE } from './every-resource.js';
import { GROUP_SCHEMA, GROUP_URN } from './group.js';
import { USER_SCHEMA, USER_URN } from './user.js';

interface Shape {
  schema: SchemaDefinition;
  extensions: SchemaDefinition[];
  /** The schema's own attributes and those that every resource has. */
  attributes: AttributeDefinition[];
  /** Each extension seen as one complex attribute that is called by its URN. */
  extensionAttributes: AttributeDefinition[];
}

function shape(schema: SchemaDefinition, extensions: SchemaDefinition[]): Shape {
  return {
    schema,
    extensions,
    attributes: [...EVERY_RESOURCE, ...schema.attributes],
    extensionAttributes: extensions.map(({ id, description, attributes }) =>
      complex(id, description, attributes),
    ),
  };
}

const SHAPES: { [Type in ResourceType]: Shape } = {
  User: shape(USER_SCHEMA, [ENTERPRISE_SCHEMA]),
  Group: shape(GROUP_SCHEMA, []),
};

/** The schema, extensions and attributes of a type of resource. */
export function shapeOf(type: ResourceType): Shape {
  return SHAPES[type];
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

interface KnownUrn {
  written: string;
  schema: string;
}

// Besides the URNs of RFC 7643: those of the 2.0 drafts, which OneLogin still sends, and Entra's spelling without the last colon.
const USER_URNS: KnownUrn[] = byLength([
  { written: USER_URN, schema: USER_URN },
  { written: 'urn:scim:schemas:core:2.0:User', schema: USER_URN },
  { written: 'urn:scim:schemas:core:2.0', schema: USER_URN },
  { written: 'urn:scim:schemas:core:1.0', schema: USER_URN },
  { written: ENTERPRISE_URN, schema: ENTERPRISE_URN },
  { written: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User', schema: ENTERPRISE_URN },
  { written: 'urn:scim:schemas:extension:enterprise:2.0:User', schema: ENTERPRISE_URN },
  { written: 'urn:scim:schemas:extension:enterprise:2.0', schema: ENTERPRISE_URN },
  { written: 'urn:scim:schemas:extension:enterprise:1.0', schema: ENTERPRISE_URN },
]);

const GROUP_URNS: KnownUrn[] = byLength([
  { written: GROUP_URN, schema: GROUP_URN },
  { written: 'urn:scim:schemas:core:2.0:Group', schema: GROUP_URN },
  { written: 'urn:scim:schemas:core:2.0', schema: GROUP_URN },
  { written: 'urn:scim:schemas:core:1.0', schema: GROUP_URN },
]);

function byLength(urns: KnownUrn[]): KnownUrn[] {
  return urns
    .map(({ written, schema }) => ({ written: written.toLowerCase(), schema }))
    .sort((a, b) => b.written.length - a.written.length);
}

/**
 * Takes the schema URN from the front of a name. URNs hold dots and colons themselves ("2.0"), so only known ones are taken, the longest
 * first; a dot after the URN is read like a colon. `rest` is empty when the URN stands alone. Undefined: no known URN stands in front.
 */
export function splitUrn(type: ResourceType, text: string): { schema: string; rest: string } | undefined {
  const lower = text.toLowerCase();
  if (!lower.startsWith('urn:')) return undefined;
  for (const { written, schema } of type === 'User' ? USER_URNS : GROUP_URNS) {
    if (!lower.startsWith(written)) continue;
    const next = lower[written.length];
    if (next === undefined || next === ':' || next === '.')
      return { schema, rest: text.slice(written.length + 1) };
  }
  return undefined;
}
