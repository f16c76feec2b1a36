/** What a person and a group are to the rules: an identity, attributes in canonical SCIM form, and their history's marks. */
import type { Attributes } from '@app/scim';

export interface Resource {
  id: string;
  attributes: Attributes;
  /** Grows by one with every event; the SCIM ETag. */
  version: number;
  /** ISO 8601 with milliseconds, UTC. */
  created: string;
  /** Grows with every event, also when two fall into one millisecond: consumers drop stale data by it. */
  lastModified: string;
}

export interface User extends Resource {
  /** The time, in ISO 8601, from which an inactive person may be deleted for good. Only inactive people have it. */
  purgeAfter?: string;
  /** Consumers do not know of this person: they were told of a deletion, or never of a creation. Only inactive people are concealed. */
  concealed?: true;
}
export type Group = Resource;

export function isActive(user: User): boolean {
  return user.attributes['active'] !== false;
}

/** The form under which a userName is unique: RFC 7643 §4.1.1 says it is not case-exact. */
export function userNameKey(attributes: Attributes): string {
  return String(attributes['userName'] ?? '').toLowerCase();
}

export function newResource(id: string, attributes: Attributes, now: string): Resource {
  return { id, attributes, version: 1, created: now, lastModified: now };
}

/** The resource with other attributes, one version later. */
export function changed<R extends Resource>(resource: R, attributes: Attributes, now: string): R {
  return {
    ...resource,
    attributes,
    version: resource.version + 1,
    lastModified: later(resource.lastModified, now),
  };
}

function later(before: string, now: string): string {
  return now > before ? now : new Date(Date.parse(before) + 1).toISOString();
}
