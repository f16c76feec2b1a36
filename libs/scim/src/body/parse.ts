// Reads the body of a POST or PUT: RFC 7644 §3.3 and §3.5.1.
import type { Dialect } from '../dialects/index.js';
import { ScimError } from '../errors.js';
import { isBlank, isObject, type Attributes } from '../json.js';
import { resolvePath } from '../path.js';
import { shapeOf, splitUrn, type Described } from '../schema/lookup.js';
import { readMembers } from './members.js';
import { Notes } from './notes.js';
import { readValue, wrongType } from './value.js';

export interface ParsedBody {
  attributes: Attributes;
  /** Only for groups whose body had the attribute; null and [] are an empty list. */
  members?: string[];
  /** Attributes and schema URNs that the schemas do not know, and that were dropped. */
  ignored: string[];
  /** The names of the dialect's quirks that took effect. */
  quirks: string[];
  /** Whether the body carried a password; its value is dropped. */
  hasPassword: boolean;
}

interface Draft {
  type: Described;
  parsed: ParsedBody;
  notes: Notes;
}

/**
 * Reads a whole resource. Unknown names are dropped and listed, read-only attributes are dropped (RFC 7644 §3.5.1), everything that can be
 * mended without doubt is mended. No dialect needs more than that today; the parameter is where its quirk would enter.
 * @throws ScimError 400 invalidSyntax when the body is not an object, 400 invalidValue naming attribute and expected type, 400 tooMany.
 */
export function parseResource(type: Described, body: unknown, _dialect: Dialect): ParsedBody {
  if (!isObject(body))
    throw new ScimError(
      400,
      `The body must be a JSON object that describes a ${shapeOf(type).type}.`,
      'invalidSyntax',
    );
  const notes = new Notes();
  const draft: Draft = {
    type,
    notes,
    parsed: { attributes: {}, ignored: notes.ignored, quirks: notes.quirks, hasPassword: false },
  };
  for (const [name, value] of Object.entries(body)) {
    if (name.toLowerCase() === 'schemas') noteUnknownSchemas(draft, value);
    else readAttribute(draft, name, value);
  }
  return draft.parsed;
}

function noteUnknownSchemas({ type, notes }: Draft, schemas: unknown): void {
  for (const urn of Array.isArray(schemas) ? schemas : [schemas]) {
    if (typeof urn === 'string' && urn !== '' && splitUrn(type, urn)?.rest !== '') notes.ignore(urn);
  }
}

function readAttribute(draft: Draft, name: string, raw: unknown): void {
  const { type, notes, parsed } = draft;
  const urn = splitUrn(type, name);
  if (urn?.rest === '') return readSchemaObject(draft, urn.schema, raw);
  const found = resolvePath(type, name);
  // A name without URN that only an extension knows is not an attribute of the core schema, and whole resources say where things belong.
  if (!found || found.subAttribute || (found.path.schema !== undefined && !urn)) return notes.ignore(name);
  const { attribute, path } = found;
  if (attribute.mutability === 'readOnly') return;
  if (attribute.name === 'password') parsed.hasPassword ||= !isBlank(raw);
  else if (attribute.name === 'members') parsed.members = readMembers(raw, notes);
  else {
    const value = readValue(attribute, raw, { label: attribute.name, notes });
    if (value === undefined) return;
    if (path.schema === undefined) parsed.attributes[path.name] = value;
    else
      parsed.attributes[path.schema] = {
        ...(parsed.attributes[path.schema] as Attributes | undefined),
        [path.name]: value,
      };
  }
}

function readSchemaObject(draft: Draft, schema: string, raw: unknown): void {
  if (isBlank(raw)) return;
  if (!isObject(raw)) throw wrongType({ label: schema }, 'an object', raw);
  for (const [name, value] of Object.entries(raw)) {
    // An empty name would mean the schema again, as deep as a hostile body nests it.
    if (name === '') draft.notes.ignore(`${schema}:`);
    else readAttribute(draft, `${schema}:${name}`, value);
  }
}
