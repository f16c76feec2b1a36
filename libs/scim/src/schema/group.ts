// The Group schema: RFC 7643 §4.2 and §8.7.1.
import { attribute, list, type SchemaDefinition } from './definition.js';

export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const immutable = { mutability: 'immutable' } as const;

export const GROUP_SCHEMA: SchemaDefinition = {
  id: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    // §8.7.1 prints required false, §4.2 says REQUIRED; the text wins.
    attribute('displayName', 'The name of the group.', { required: true }),
    list('members', 'The members of the group.', [
      attribute('value', 'The id of the member.', { ...immutable, caseExact: true }),
      attribute('$ref', 'The address of the member.', {
        ...immutable,
        type: 'reference',
        referenceTypes: ['User', 'Group'],
        caseExact: true,
      }),
      attribute('type', 'What the member is.', { ...immutable, canonicalValues: ['User', 'Group'] }),
      attribute('display', 'The name of the member.', { mutability: 'readOnly' }),
    ]),
  ],
};
