// The attributes that every resource has without its schema saying so: RFC 7643 §3 and §3.1.
import { attribute, complex, type AttributeDefinition } from './definition.js';

const readOnly = { mutability: 'readOnly', caseExact: true } as const;

export const EVERY_RESOURCE: AttributeDefinition[] = [
  attribute('schemas', 'The URNs of the schemas that the resource uses.', {
    ...readOnly,
    type: 'reference',
    referenceTypes: ['uri'],
    multiValued: true,
    returned: 'always',
  }),
  attribute('id', 'The identifier that this service gave to the resource.', {
    ...readOnly,
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The identifier that the identity provider gave to the resource.', {
    caseExact: true,
  }),
  {
    ...complex('meta', 'What this service records about the resource.', [
      attribute('resourceType', 'The type of the resource.', readOnly),
      attribute('created', 'When the resource was created.', { ...readOnly, type: 'dateTime' }),
      attribute('lastModified', 'When the resource last changed.', { ...readOnly, type: 'dateTime' }),
      attribute('location', 'The address of the resource.', {
        ...readOnly,
        type: 'reference',
        referenceTypes: ['uri'],
      }),
      attribute('version', 'The version of the resource, as in its ETag.', readOnly),
    ]),
    mutability: 'readOnly',
  },
];
