// Schema extensions that a directory declares for itself: RFC 7643 §3.3 and §7. Read strictly, since everything else is read by them.
import { isObject } from '../json.js';
import { MAX_DECLARED_ATTRIBUTES } from '../limits.js';
import { isLine, MAX_LINE, readDeclaredAttribute } from './declared-attribute.js';
import type { AttributeDefinition, SchemaDefinition } from './definition.js';
import { ENTERPRISE_URN } from './enterprise.js';
import { GROUP_URN } from './group.js';
import { USER_URN } from './user.js';

/** One thing that is wrong with a declaration, and where: `attributes[2].type`. */
export interface SchemaProblem {
  field: string;
  message: string;
}

/** A declaration that cannot be used, with everything that is wrong with it. */
export class InvalidSchema extends Error {
  constructor(readonly problems: SchemaProblem[]) {
    super(problems.map(({ field, message }) => `${field} ${message}`).join('; '));
    this.name = 'InvalidSchema';
  }
}

const URN = /^urn:[a-z0-9][a-z0-9-]{1,31}:[a-z0-9()+,\-.:=@;$_!*'%/?#]{1,150}$/i;
// A URN that starts with one of these would be read as that one with something behind it.
const TAKEN = [USER_URN, GROUP_URN, ENTERPRISE_URN, 'urn:scim:schemas:', 'urn:ietf:params:scim:api:'];

/**
 * The schema that a declaration means, with the defaults of RFC 7643 §2.2 filled in.
 * @param urn the schema's id. @param raw `{name, description?, attributes}`, each attribute as RFC 7643 §7 writes it.
 * @throws InvalidSchema
 */
export function readSchemaExtension(urn: string, raw: unknown): SchemaDefinition {
  const problems: SchemaProblem[] = [];
  if (!URN.test(urn)) {
    problems.push({
      field: 'id',
      message: 'must be a URN such as urn:example:params:scim:schemas:extension:acme:2.0:User',
    });
  }
  const lower = urn.toLowerCase();
  if (TAKEN.some((taken) => lower.startsWith(taken.toLowerCase())))
    problems.push({ field: 'id', message: 'is a schema that is there already' });
  const body = isObject(raw) ? raw : {};
  const name = body['name'];
  if (!isLine(name) || name.trim() === '')
    problems.push({ field: 'name', message: 'must be a text that names the schema' });
  const description = body['description'] ?? '';
  if (!isLine(description))
    problems.push({ field: 'description', message: `must be a text of at most ${MAX_LINE} characters` });
  const attributes = readAttributes(body['attributes'], problems);
  if (problems.length > 0) throw new InvalidSchema(problems);
  return { id: urn, name: String(name), description: String(description), attributes };
}

/** Whether values of one attribute can be read as values of the other. Undefined, an attribute that was not there, is of no kind. */
export function sameKind(one: AttributeDefinition | undefined, other: AttributeDefinition): boolean {
  if (!one || one.type !== other.type || one.multiValued !== other.multiValued) return false;
  return (one.subAttributes ?? []).every((sub) => {
    const now = other.subAttributes?.find(({ name }) => name === sub.name);
    return !now || sameKind(sub, now);
  });
}

function readAttributes(raw: unknown, problems: SchemaProblem[]): SchemaDefinition['attributes'] {
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > MAX_DECLARED_ATTRIBUTES) {
    const message = `must be a list of 1 to ${MAX_DECLARED_ATTRIBUTES} attributes`;
    problems.push({ field: 'attributes', message });
    return [];
  }
  const known = new Set<string>();
  return raw.flatMap((one: unknown, index) => {
    const read = readDeclaredAttribute(one, {
      field: `attributes[${index}]`,
      problems,
      known,
      nested: false,
    });
    return read ? [read] : [];
  });
}
