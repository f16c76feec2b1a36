// The `path` of a PATCH operation: RFC 7644 §3.5.2, figure 7.
import { quote, ScimError } from '../errors.js';
import type { Filter } from '../filter/filter.js';
import { readBrackets } from '../filter/parse.js';
import { Reader } from '../filter/reader.js';
import { resolvePath } from '../path.js';
import { complex, type AttributeDefinition } from '../schema/definition.js';
import { findDefinition, shapeOf, splitUrn, type Described } from '../schema/lookup.js';

/** What an operation is about. */
export interface Target {
  /** The path as the caller wrote it, for error sentences. */
  written: string;
  /** The extension that the attribute belongs to; absent for core attributes. */
  schema?: string;
  attribute: AttributeDefinition;
  /** Which values of the attribute are meant; paths in it name sub-attributes. */
  filter?: Filter;
  subAttribute?: AttributeDefinition;
  /** The path is the URN of a schema alone: all its attributes are meant. */
  whole?: 'core' | 'extension';
}

/**
 * Reads `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each also behind a schema URN, and a schema URN alone.
 * @throws ScimError 400 invalidPath for a path the schemas do not know or that is not a path; 400 invalidFilter for a mistake in brackets.
 */
export function readTarget(type: Described, written: string): Target {
  const text = written.trim();
  const urn = splitUrn(type, text);
  if (urn?.rest === '') return wholeSchema(type, urn.schema, written);
  const reader = new Reader(text, 'path');
  const bracket = text.indexOf('[');
  const name = bracket < 0 ? text : text.slice(0, bracket).trimEnd();
  const found = resolvePath(type, name);
  if (!found) throw invalidPath(written, `a ${shapeOf(type).type} has no such attribute`);
  const { path, attribute, subAttribute } = found;
  const target: Target = {
    written,
    attribute,
    ...(path.schema === undefined ? {} : { schema: path.schema }),
  };
  if (bracket < 0) return subAttribute ? { ...target, subAttribute } : target;
  if (subAttribute || !attribute.subAttributes)
    throw invalidPath(written, `${name} has no values to choose among`);
  reader.position = bracket;
  return readFiltered(reader, target);
}

function readFiltered(reader: Reader, target: Target): Target {
  const filter = readBrackets(reader, target.attribute);
  if (reader.atEnd) return { ...target, filter };
  if (!reader.takeIf('.')) throw invalidPath(target.written, 'only a sub-attribute may follow the brackets');
  const name = reader.text.slice(reader.position);
  const subAttribute = findDefinition(target.attribute.subAttributes, name);
  if (!subAttribute)
    throw invalidPath(target.written, `${target.attribute.name} has no sub-attribute ${quote(name)}`);
  return { ...target, filter, subAttribute };
}

function wholeSchema(type: Described, urn: string, written: string): Target {
  const { schema, extensionAttributes } = shapeOf(type);
  const extension = findDefinition(extensionAttributes, urn);
  if (extension) return { written, attribute: extension, whole: 'extension' };
  return { written, attribute: complex(schema.id, schema.description, schema.attributes), whole: 'core' };
}

function invalidPath(written: string, reason: string): ScimError {
  return new ScimError(400, `The path ${quote(written)} cannot be used: ${reason}.`, 'invalidPath');
}
