/** What must be true of everything that was read, whatever it was read from. */
import { definitionOf, resolvePath, type Attributes, type ResourceType } from '@app/scim';

/** PostgreSQL can hold neither NUL nor half of a surrogate pair. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** What is wrong with a value anywhere in it; the first flaw found. */
export function flawIn(value: unknown, where = 'it'): string | undefined {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? `${where} cannot be stored` : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${where} is ${value}`;
  if (typeof value !== 'object' || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype)
    return `${where} has another prototype`;
  for (const [name, member] of Object.entries(value)) {
    const flaw = flawIn(name, `a name in ${where}`) ?? flawIn(member, `${where}.${name}`);
    if (flaw) return flaw;
  }
  return undefined;
}

/** What is not canonical in a resource's attributes: RFC 7643 §2.5, and the schema's own names. */
export function uncanonicalIn(type: ResourceType, attributes: Attributes): string | undefined {
  const never = ['id', 'meta', 'schemas', 'password', 'groups', 'members'];
  for (const [name, value] of Object.entries(attributes)) {
    if (never.includes(name)) return `${name} is kept`;
    const path = resolvePath(type, name)?.path;
    if (path?.name !== name || !definitionOf(type, path)) return `${name} is no attribute of a ${type}`;
    if (holdsBlank(value)) return `${name} holds what says nothing`;
  }
  return flawIn(attributes);
}

function holdsBlank(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (typeof value !== 'object') return false;
  const parts = Object.values(value);
  return parts.length === 0 || parts.some(holdsBlank);
}

export function deepFrozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}
