/** The event names a consumer may ask for: ours, and those of the families that its software asks for beside them. */
import { PUBLISHED_TYPES, type PublishedType } from '@app/directory';

// Software written for WorkOS names types that a directory never has; refusing them would break it for nothing.
const FAMILIES = [
  'api_key',
  'authentication',
  'connection',
  'dsync',
  'email_verification',
  'feature_flag',
  'flag',
  'group',
  'invitation',
  'magic_auth',
  'organization',
  'organization_domain',
  'organization_membership',
  'organization_role',
  'password_reset',
  'permission',
  'role',
  'session',
  'user',
  'vault',
  'waitlist_user',
];
const NAME = new RegExp(`^(?:${FAMILIES.join('|')})(?:\\.[a-z_]+)+$`);

export function isEventName(name: string): boolean {
  return isPublished(name) || NAME.test(name);
}

export function isPublished(name: string): name is PublishedType {
  return (PUBLISHED_TYPES as readonly string[]).includes(name);
}

/** `*`, or a beginning with `.*` that at least one name of ours has. */
export function isEventPattern(name: string): boolean {
  if (name === '*') return true;
  return name.endsWith('.*') && PUBLISHED_TYPES.some((type) => type.startsWith(name.slice(0, -1)));
}
