// The multi-valued attributes of the User schema: RFC 7643 §4.1.2.
import {
  attribute,
  list,
  listElement,
  primaryFlag,
  typeLabel,
  type AttributeDefinition,
} from './definition.js';

const WORK_AND_HOME = ['work', 'home', 'other'];

const emails = list(
  'emails',
  'Email addresses.',
  listElement(attribute('value', 'An email address.'), WORK_AND_HOME),
);

const phoneNumbers = list(
  'phoneNumbers',
  'Phone numbers.',
  listElement(attribute('value', 'A phone number.'), ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
);

const ims = list(
  'ims',
  'Instant messaging addresses.',
  listElement(attribute('value', 'An instant messaging address.'), [
    'aim',
    'gtalk',
    'icq',
    'xmpp',
    'msn',
    'skype',
    'qq',
    'yahoo',
  ]),
);

const photos = list(
  'photos',
  'Addresses of pictures of the person.',
  listElement(
    attribute('value', 'The address of a picture.', {
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
    }),
    ['photo', 'thumbnail'],
  ),
);

const addresses = list('addresses', 'Postal addresses.', [
  attribute('formatted', 'The whole address as it is written on a letter.'),
  attribute('streetAddress', 'Street, house number, and the like.'),
  attribute('locality', 'City or locality.'),
  attribute('region', 'State or region.'),
  attribute('postalCode', 'Postal code.'),
  attribute('country', 'Country, as two letters of ISO 3166-1.'),
  typeLabel(WORK_AND_HOME),
  primaryFlag(),
]);

const readOnly = { mutability: 'readOnly' } as const;

const groups: AttributeDefinition = {
  ...list('groups', 'The groups that the person belongs to; changed through the groups.', [
    attribute('value', 'The id of the group.', { ...readOnly, caseExact: true }),
    attribute('$ref', 'The address of the group.', {
      ...readOnly,
      type: 'reference',
      referenceTypes: ['Group'],
      caseExact: true,
    }),
    attribute('display', 'The name of the group.', readOnly),
    attribute('type', 'Whether the membership is direct.', {
      ...readOnly,
      canonicalValues: ['direct', 'indirect'],
    }),
  ]),
  ...readOnly,
};

const entitlements = list(
  'entitlements',
  'Entitlements.',
  listElement(attribute('value', 'An entitlement.')),
);

const roles = list('roles', 'Roles.', listElement(attribute('value', 'A role.')));

const x509Certificates = list(
  'x509Certificates',
  'X.509 certificates.',
  listElement(attribute('value', 'A certificate: DER, then base64.', { type: 'binary', caseExact: true })),
);

export const USER_LISTS: AttributeDefinition[] = [
  emails,
  phoneNumbers,
  ims,
  photos,
  addresses,
  groups,
  entitlements,
  roles,
  x509Certificates,
];
