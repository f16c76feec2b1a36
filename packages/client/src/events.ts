/** What the hub tells, in the form of the wire. The same in the events API and in webhooks. */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface Role {
  slug: string;
}

/** A person as their directory has them. */
export interface DirectoryUser {
  object: 'directory_user';
  id: string;
  directory_id: string;
  organization_id: string;
  /** The identity provider's own id. */
  idp_id: string;
  email: string | null;
  first_name: string | null;
  last_name: string | null;
  name: string | null;
  state: 'active' | 'inactive';
  /** The predefined ones (`job_title`, `department_name` …) and those that the directory maps. */
  custom_attributes: { [name: string]: Json };
  /** All that the identity provider says, as SCIM. */
  raw_attributes: { [name: string]: Json };
  emails: { value?: string; type?: string; primary?: boolean }[];
  job_title: string | null;
  username: string | null;
  /** Absent where there is none. */
  role?: Role;
  roles?: Role[];
  created_at: string;
  updated_at: string;
}

export interface DirectoryGroup {
  object: 'directory_group';
  id: string;
  idp_id: string;
  directory_id: string;
  organization_id: string;
  name: string;
  raw_attributes: { [name: string]: Json };
  created_at: string;
  updated_at: string;
}

export interface Membership {
  directory_id: string;
  user: DirectoryUser;
  group: DirectoryGroup;
}

/** A directory as events tell of it. */
export interface ToldDirectory {
  object: 'directory';
  id: string;
  organization_id: string;
  type: string;
  name: string;
  state: string;
  created_at: string;
  updated_at: string;
}

/** What has changed, as it was before: absent is what is the same, null what was not there. */
export interface Updated {
  previous_attributes: { [name: string]: Json };
}

/** What each type of event is about. */
export interface EventData {
  'dsync.activated': ToldDirectory & {
    external_key: string;
    domains: { object: 'organization_domain'; id: string; domain: string }[];
  };
  'dsync.deleted': ToldDirectory;
  'dsync.user.created': DirectoryUser;
  'dsync.user.updated': DirectoryUser & Updated;
  'dsync.user.deleted': DirectoryUser;
  'dsync.group.created': DirectoryGroup;
  'dsync.group.updated': DirectoryGroup & Updated;
  'dsync.group.deleted': DirectoryGroup;
  'dsync.group.user_added': Membership;
  'dsync.group.user_removed': Membership;
}

export type DirectoryEventType = keyof EventData;

export interface EventContext {
  /** Its place among the events of its directory, from 1. Some have no published form: what you see has gaps. */
  sequence: number;
  /** What happened, in the hub's own words: `UserDeactivated`. */
  cause: string;
  /** The request of the identity provider, or of a person, that it comes from. */
  request_id: string;
  /** In webhooks: the event of the same directory that the endpoint was told before this one; null for the first. */
  previous_sequence?: number | null;
  /** No news: this is how it is, told to an endpoint that begins to listen. */
  snapshot?: true;
  /** About nobody. */
  test?: true;
}

export interface EventOf<Type extends string, Data> {
  object: 'event';
  id: string;
  event: Type;
  data: Data;
  created_at: string;
  context: EventContext;
}

/** What directories tell: `switch (event.event)` knows the data of each. */
export type DirectoryEvent = {
  [Type in DirectoryEventType]: EventOf<Type, EventData[Type]>;
}[DirectoryEventType];

/** Any event, also of types that this release does not know: `destination.*`, `organization.*` and others that are asked for by name. */
export type AnyEvent = DirectoryEvent | EventOf<string, { [name: string]: Json }>;

const DIRECTORY_EVENT_TYPES: Record<DirectoryEventType, true> = {
  'dsync.activated': true,
  'dsync.deleted': true,
  'dsync.user.created': true,
  'dsync.user.updated': true,
  'dsync.user.deleted': true,
  'dsync.group.created': true,
  'dsync.group.updated': true,
  'dsync.group.deleted': true,
  'dsync.group.user_added': true,
  'dsync.group.user_removed': true,
};

/** Whether it tells of a directory, and is of a type that this release knows. */
export function isDirectoryEvent(event: AnyEvent): event is DirectoryEvent {
  return Object.hasOwn(DIRECTORY_EVENT_TYPES, event.event);
}

/** @returns the directory that it tells of; undefined when it tells of something else. */
export function directoryOf(event: AnyEvent): string | undefined {
  if (!event.event.startsWith('dsync.')) return undefined;
  const {
    object,
    id,
    directory_id: named,
  } = event.data as {
    object?: string;
    id?: string;
    directory_id?: string;
  };
  return object === 'directory' ? id : named;
}
