// A path that names values of a person to read: the path of a PATCH operation (RFC 7644 §3.5.2, figure 7), used for looking.
import { quote, ScimError } from './errors.js';
import type { Filter } from './filter/filter.js';
import { testOf } from './filter/match.js';
import { isBlank, isObject, type Attributes, type Json } from './json.js';
import { readTarget } from './patch/target.js';
import type { AttributeDefinition } from './schema/definition.js';
import type { Described } from './schema/lookup.js';

/** A path in the schema's case, as data: it can be stored, and read by without the schemas that it was resolved by. */
export interface ValuePath {
  /** The URN of an extension; absent for core attributes. */
  schema?: string;
  name: string;
  /** Which values of a list are meant; paths in it name sub-attributes. */
  filter?: Filter;
  subAttribute?: string;
  /** The attribute is a list. */
  list: boolean;
}

/**
 * Reads `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each also behind a schema URN, and the URN of an extension alone.
 * @throws ScimError 400 invalidPath for what the schemas do not know and for what is never kept among a resource's attributes (`id`, `groups`,
 * `password`); 400 invalidFilter for a mistake in brackets.
 */
export function readValuePath(type: Described, written: string): ValuePath {
  const { schema, attribute, filter, subAttribute, whole } = readTarget(type, written);
  if (whole === 'core') throw unusable(written, 'it names every attribute; name one');
  if (![attribute, subAttribute].every((definition) => definition === undefined || isKept(definition)))
    throw unusable(written, 'its values are not kept among the attributes');
  return {
    ...(schema === undefined ? {} : { schema }),
    name: attribute.name,
    ...(filter ? { filter } : {}),
    ...(subAttribute ? { subAttribute: subAttribute.name } : {}),
    list: attribute.multiValued,
  };
}

function isKept({ mutability, returned }: AttributeDefinition): boolean {
  return mutability !== 'readOnly' && mutability !== 'writeOnly' && returned !== 'never';
}

function unusable(written: string, reason: string): ScimError {
  return new ScimError(400, `The path ${quote(written)} cannot be used: ${reason}.`, 'invalidPath');
}

/** Everything that stands at the path, lists taken apart, blanks left out. Never throws, whatever the attributes hold. */
export function valuesAtPath(path: ValuePath, attributes: Attributes): Json[] {
  const owner = path.schema === undefined ? attributes : member(attributes, path.schema);
  const found = member(owner, path.name);
  const all = Array.isArray(found) ? found : [found];
  const { filter, subAttribute } = path;
  const chosen = filter ? all.filter((value) => value !== undefined && testOf(filter)(value)) : all;
  const values = subAttribute === undefined ? chosen : chosen.map((value) => member(value, subAttribute));
  return values.filter((value): value is Json => !isBlank(value));
}

function member(owner: Json | undefined, name: string): Json | undefined {
  return isObject(owner) && Object.hasOwn(owner, name) ? owner[name] : undefined;
}
