/** What is really sent: the recorded conversations, and filters and paths of every form. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConversations, type Exchange } from '../support/conversation.js';

const RECORDED = fileURLToPath(new URL('../idp', import.meta.url));

/** The requests of every identity provider whose conversations are recorded. */
export const REQUESTS: readonly Exchange['request'][] = readdirSync(RECORDED, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readConversations(join(RECORDED, name)))
  .flatMap(({ exchanges }) => exchanges.map(({ request }) => request));

const bodies = (methods: readonly string[], path: string): unknown[] =>
  REQUESTS.filter((request) => methods.includes(request.method) && request.path.startsWith(path)).flatMap(
    ({ body }) => (body === undefined ? [] : [body]),
  );

export const BODIES = {
  User: bodies(['POST', 'PUT'], '/Users'),
  Group: bodies(['POST', 'PUT'], '/Groups'),
};

export const PATCHES = { User: bodies(['PATCH'], '/Users'), Group: bodies(['PATCH'], '/Groups') };

export const FILTERS: readonly string[] = [
  'userName eq "bjensen"',
  'name.familyName co "O\'Malley" and not (emails pr)',
  'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
  'title pr and userType eq "Employee" or (emails co "example.com" and active ne false)',
  'meta.lastModified ge "2011-05-13T04:42:34Z"',
  'emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and not (value pr)]',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "26118915"',
  'emails[type eq "work"].value eq "a@b"',
  'displayName eq "\\u00e9\\"\\\\" and externalId eq null',
  'members.value eq "2819c223" and displayName ne "x"',
];

export const PATHS: readonly string[] = [
  'userName',
  'name.givenName',
  'emails',
  'emails[type eq "work"]',
  'emails[type eq "work" and primary eq true].value',
  'addresses[type eq "work"].streetAddress',
  'members[value eq "2819c223"]',
  'members',
  'displayName',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
  'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName',
  'manager[value eq "x"].displayName',
];
