// What a POST or PUT wants a resource to look like: RFC 7644 §3.3 and §3.5.1.
import { ScimError } from '../errors.js';
import { isObject, type Attributes } from '../json.js';
import { shapeOf, type Described } from '../schema/lookup.js';
import type { ParsedBody } from './parse.js';

/**
 * The attributes of a new resource; a user nobody called inactive is active.
 * @throws ScimError 400 invalidValue when a required attribute is absent.
 */
export function createdFrom(type: Described, parsed: ParsedBody): Attributes {
  requireAll(type, parsed.attributes);
  return shapeOf(type).type === 'User' ? { active: true, ...parsed.attributes } : { ...parsed.attributes };
}

/**
 * A function from the resource as it is to the resource as a PUT wants it: what the body does not say is cleared. Only `active` stays as it is
 * when absent, because a person must not lose or regain access by silence.
 * @throws ScimError 400 invalidValue when a required attribute is absent; at once, before there is a resource.
 */
export function replacedBy(type: Described, parsed: ParsedBody): (current: Attributes) => Attributes {
  requireAll(type, parsed.attributes);
  return ({ active }) => {
    const kept = shapeOf(type).type === 'User' && active !== undefined ? { active } : {};
    return { ...kept, ...parsed.attributes };
  };
}

function requireAll(described: Described, attributes: Attributes): void {
  const { type, attributes: definitions, extensions } = shapeOf(described);
  for (const { name, required } of definitions) {
    const value = attributes[name];
    if (required && (typeof value !== 'string' || value.trim() === ''))
      throw new ScimError(400, `A ${type} needs ${name}.`, 'invalidValue');
  }
  // RFC 7643 §6: an extension that is not required may be left out, and then none of its attributes is asked for.
  for (const { id, attributes: members } of extensions) {
    const given = attributes[id];
    const missing = isObject(given) && members.find(({ name, required }) => required && !(name in given));
    if (missing) throw new ScimError(400, `A ${type} with ${id} needs its ${missing.name}.`, 'invalidValue');
  }
}
