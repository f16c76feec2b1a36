// What a POST or PUT wants a resource to look like: RFC 7644 §3.3 and §3.5.1.
import { ScimError } from '../errors.js';
import type { Attributes } from '../json.js';
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

function requireAll(type: Described, attributes: Attributes): void {
  for (const { name, required } of shapeOf(type).attributes) {
    const value = attributes[name];
    if (required && (typeof value !== 'string' || value.trim() === '')) {
      throw new ScimError(400, `A ${shapeOf(type).type} needs ${name}.`, 'invalidValue');
    }
  }
}
