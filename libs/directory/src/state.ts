/** What a person and a group are to the rules: an identity, attributes in canonical SCIM form, and their history's marks. */
import type { Attributes, Json } from '@app/scim';

export interface Resource {
  id: string;
  attributes: Attributes;
  /** Grows by one with every event; the SCIM ETag. */
  version: number;
  /** ISO 8601 with milliseconds, UTC. */
  created: string;
  /** Grows with every event, also when two fall into one millisecond: consumers drop stale data by it. */
  lastModified: string;
  /**
   * The `lastModified` that consumers know, where SCIM's own has moved on by something that they are not told, such as a password
   * or a group inside the group. Absent: they are the same.
   */
  told?: string;
}

export interface User extends Resource {
  /** The time, in ISO 8601, from which an inactive person may be deleted for good. Only inactive people have it. */
  purgeAfter?: string;
  /** Consumers do not know of this person: they were told of a deletion, or never of a creation. Only inactive people are concealed. */
  concealed?: true;
  /** What the directory's attribute mapping made of the attributes, by the names that consumers know; absent: it maps nothing. */
  custom?: CustomAttributes;
  /** The slugs of the roles that groups give this person, the foremost first; absent: none. */
  roles?: readonly string[];
  /** `jit`: made by a first sign-in, and known to no identity provider until SCIM adopts them. */
  origin?: 'jit';
}

export type CustomAttributes = { readonly [name: string]: Json };
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

/** The resource with other attributes, one version later, as consumers are told. */
export function changed<R extends Resource>(resource: R, attributes: Attributes, now: string): R {
  const { told: _before, ...rest } = resource;
  return { ...(rest as R), attributes, ...next(resource, now) };
}

/** One version later by something that consumers are not told. */
export function changedQuietly<R extends Resource>(resource: R, now: string): R {
  return { ...resource, ...next(resource, now), told: toldAt(resource) };
}

/** When consumers last heard that this resource is another: its `updated_at`. */
export function toldAt({ told, lastModified }: Resource): string {
  return told ?? lastModified;
}

function next({ version, lastModified }: Resource, now: string): Pick<Resource, 'version' | 'lastModified'> {
  return { version: version + 1, lastModified: later(lastModified, now) };
}

function later(before: string, now: string): string {
  return now > before ? now : new Date(Date.parse(before) + 1).toISOString();
}
