// The User schema: RFC 7643 §4.1 and §8.7.1.
import { attribute, complex, type SchemaDefinition } from './definition.js';
import { USER_LISTS } from './user-lists.js';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';

const name = complex('name', "The parts of the person's name.", [
  attribute('formatted', 'The whole name as it is shown.'),
  attribute('familyName', 'The family name.'),
  attribute('givenName', 'The given name.'),
  attribute('middleName', 'The middle names.'),
  attribute('honorificPrefix', 'A title before the name, such as Ms.'),
  attribute('honorificSuffix', 'A suffix after the name, such as III.'),
]);

export const USER_SCHEMA: SchemaDefinition = {
  id: USER_URN,
  name: 'User',
  description: 'User Account',
  attributes: [
    attribute('userName', 'The name that identifies the person at sign-in; unique in the directory.', {
      required: true,
      uniqueness: 'server',
    }),
    name,
    attribute('displayName', 'The name to show to people.'),
    attribute('nickName', 'The casual name of the person.'),
    attribute('profileUrl', "The address of the person's online profile.", {
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
    }),
    attribute('title', 'The title of the person, such as Vice President.'),
    attribute('userType', 'How the person relates to the organization, such as Employee.'),
    attribute('preferredLanguage', 'The preferred language, as in an Accept-Language header.'),
    attribute('locale', 'The locale for dates, numbers and currency, such as en-US.'),
    attribute('timezone', 'The time zone in the IANA format, such as Europe/Vienna.'),
    attribute('active', 'Whether the person may use the application.', { type: 'boolean' }),
    attribute('password', 'Accepted and dropped: this service keeps no passwords.', {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    ...USER_LISTS,
  ],
};
