import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE_URN, type Attributes } from '@app/scim';
import fc from 'fast-check';
import type { DestinationFacts } from './destination/events.js';
import { isOperationalType } from './operational.js';
import type { CustomerKeyFacts, DomainFacts, OrganizationFacts } from './organization/events.js';
import { causesOf, published, publishedType, PUBLISHED_TYPES } from './published.js';
import { emailOf } from './published-user.js';
import {
  DOMAIN_EVENT_TYPES,
  isOfOrganization,
  isOperational,
  recorded,
  subjectsOf,
  type DomainEvent,
  type DomainEventType,
  type RecordedEvent,
} from './recorded.js';
import type { Group, User } from './state.js';
import { MORNING, NOON, userAttributes } from './testing/history.js';
import { decideUserChange } from './user/decide.js';

const attributes: Attributes = {
  userName: 'ada',
  externalId: 'okta-1',
  active: true,
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  title: 'Countess',
  userType: 'Employee',
  emails: [
    { type: 'home', value: 'ada@home.org' },
    { type: 'work', value: 'ada@example.com', primary: true },
  ],
  addresses: [{ type: 'work', locality: 'London' }],
  [ENTERPRISE_URN]: {
    department: 'Engines',
    costCenter: 'c-1',
    division: 'Numbers',
    employeeNumber: '7',
    organization: 'Analytical',
  },
};
const ada: User = { id: 'directory_user_1', attributes, version: 1, created: MORNING, lastModified: NOON };
const engineers: Group = {
  id: 'directory_group_1',
  attributes: { displayName: 'Engineers', externalId: 'okta-g' },
  version: 1,
  created: MORNING,
  lastModified: NOON,
};
const directory = {
  id: 'directory_1',
  organizationId: 'org_1',
  name: 'Example',
  type: 'okta scim v2.0',
  externalKey: 'abcdefghij',
  created: MORNING,
  updated: NOON,
};
const destination: DestinationFacts = {
  id: 'we_1',
  organizationId: 'org_1',
  protocol: 'webhook',
  endpointHost: 'hooks.example.com',
  state: 'enabled',
};
const domain: DomainFacts = {
  id: 'org_domain_1',
  organizationId: 'org_1',
  domain: 'example.com',
  state: 'pending',
  strategy: 'dns',
  token: 'proof',
  prefix: '_verify',
  created: MORNING,
  updated: NOON,
};
const organization: OrganizationFacts = {
  id: 'org_1',
  name: 'Acme',
  allowProfilesOutsideOrganization: false,
  domains: [domain],
  externalId: 'acme-1',
  stripeCustomerId: 'cus_1',
  metadata: { tier: 'gold' },
  created: MORNING,
  updated: NOON,
};
const key: CustomerKeyFacts = {
  id: 'api_key_1',
  organizationId: 'org_1',
  name: 'CI',
  suffix: 'wxyz',
  permissions: ['posts:read'],
  lastUsed: null,
  expires: NOON,
  created: MORNING,
  updated: NOON,
};
const inactive = { ...ada, attributes: { ...attributes, active: false }, version: 2 };

const concealed: User = { ...inactive, concealed: true };

/** One of each kind of domain event, and of those that are published in more than one way one of each. */
const EXAMPLES: { [Type in DomainEventType]: Extract<DomainEvent, { type: Type }>[] } = {
  UserCreated: [{ type: 'UserCreated', data: { user: ada } }],
  UserProfileChanged: [
    { type: 'UserProfileChanged', data: { user: ada }, previous: { title: null, userType: 'Guest' } },
  ],
  UserRemapped: [
    {
      type: 'UserRemapped',
      data: { user: { ...ada, custom: { division_name: 'R&D', level: 3 } }, before: { custom: null } },
    },
  ],
  UserRolesChanged: [
    {
      type: 'UserRolesChanged',
      data: { user: { ...ada, roles: ['admin', 'member'] }, before: { roles: ['member'] } },
    },
  ],
  UserAdopted: [{ type: 'UserAdopted', data: { user: ada }, previous: { externalId: null } }],
  UserCredentialChanged: [{ type: 'UserCredentialChanged', data: { user: ada } }],
  UserDeactivated: [
    { type: 'UserDeactivated', data: { user: inactive }, previous: { active: true } },
    { type: 'UserDeactivated', data: { user: concealed }, previous: { active: true } },
  ],
  UserPurgeScheduled: [{ type: 'UserPurgeScheduled', data: { user: { ...inactive, purgeAfter: NOON } } }],
  UserReactivated: [
    { type: 'UserReactivated', data: { user: ada }, previous: { active: false } },
    { type: 'UserReactivated', data: { user: ada, revealed: true }, previous: { active: false } },
  ],
  UserDeleted: [{ type: 'UserDeleted', data: { user: ada } }],
  GroupCreated: [{ type: 'GroupCreated', data: { group: engineers } }],
  GroupChanged: [{ type: 'GroupChanged', data: { group: engineers }, previous: { displayName: 'Builders' } }],
  GroupDeleted: [{ type: 'GroupDeleted', data: { group: engineers } }],
  MembershipChanged: [
    {
      type: 'MembershipChanged',
      data: { change: 'added', group: engineers, member: { type: 'User', user: ada } },
    },
    {
      type: 'MembershipChanged',
      data: { change: 'removed', group: engineers, member: { type: 'User', user: ada } },
    },
    {
      type: 'MembershipChanged',
      data: { change: 'added', group: engineers, member: { type: 'Group', group: engineers } },
    },
  ],
  MembershipRestated: [
    { type: 'MembershipRestated', data: { group: engineers, member: { type: 'User', user: ada } } },
  ],
  DirectoryActivated: [{ type: 'DirectoryActivated', data: { directory } }],
  DirectoryDeleted: [{ type: 'DirectoryDeleted', data: { directory } }],
  OrganizationCreated: [{ type: 'OrganizationCreated', data: { organization } }],
  OrganizationUpdated: [
    {
      type: 'OrganizationUpdated',
      data: { organization },
      previous: { name: 'Apex', stripeCustomerId: null, metadata: {}, updated: MORNING },
    },
  ],
  OrganizationDeleted: [{ type: 'OrganizationDeleted', data: { organization } }],
  OrganizationDomainCreated: [{ type: 'OrganizationDomainCreated', data: { domain } }],
  OrganizationDomainUpdated: [{ type: 'OrganizationDomainUpdated', data: { domain } }],
  OrganizationDomainDeleted: [{ type: 'OrganizationDomainDeleted', data: { domain } }],
  OrganizationDomainVerified: [
    {
      type: 'OrganizationDomainVerified',
      data: { domain: { ...domain, state: 'verified', strategy: 'manual' } },
    },
  ],
  OrganizationDomainVerificationFailed: [
    {
      type: 'OrganizationDomainVerificationFailed',
      data: { domain: { ...domain, state: 'failed' }, reason: 'domain_verification_period_expired' },
    },
  ],
  CustomerKeyCreated: [{ type: 'CustomerKeyCreated', data: { key } }],
  CustomerKeyUpdated: [{ type: 'CustomerKeyUpdated', data: { key }, previous: { expires: null } }],
  CustomerKeyRevoked: [{ type: 'CustomerKeyRevoked', data: { key } }],
  DestinationFailing: [
    {
      type: 'DestinationFailing',
      data: { destination, since: MORNING, consecutiveFailures: 10, reason: 'it answered 503' },
    },
  ],
  DestinationRecovered: [{ type: 'DestinationRecovered', data: { destination, since: MORNING } }],
  DestinationDisabled: [
    {
      type: 'DestinationDisabled',
      data: { destination: { ...destination, state: 'disabled' }, since: MORNING, reason: 'failing' },
    },
  ],
  DestinationPaused: [
    {
      type: 'DestinationPaused',
      data: { destination: { ...destination, state: 'paused' }, since: null, reason: 'receiver_asked' },
    },
  ],
  DestinationBacklog: [
    { type: 'DestinationBacklog', data: { destination, since: MORNING, eventsBehind: 12_345 } },
  ],
  DeliverySkipped: [
    {
      type: 'DeliverySkipped',
      data: {
        destination,
        skipped: {
          id: 'event_7',
          position: 7,
          sequence: 3,
          directoryId: 'directory_1',
          organizationId: 'org_1',
          cause: 'UserCreated',
          attempts: 12,
          status: 422,
        },
        since: MORNING,
        reason: 'all 12 attempts failed',
      },
    },
  ],
  RevocationOverdue: [
    {
      type: 'RevocationOverdue',
      data: {
        destination,
        revocation: {
          id: 'event_8',
          position: 8,
          sequence: 4,
          directoryId: 'directory_1',
          organizationId: 'org_1',
          cause: 'deactivated',
          attempts: 9,
          status: 503,
        },
        since: MORNING,
        targetInSeconds: 300,
      },
    },
  ],
  StreamVerificationRequested: [
    { type: 'StreamVerificationRequested', data: { streamId: 'destination_1', state: 'VGhpcyBpcw' } },
  ],
  StreamUpdated: [
    { type: 'StreamUpdated', data: { streamId: 'destination_1', status: 'paused', reason: 'upkeep' } },
  ],
};
const everyExample = Object.values(EXAMPLES).flat().map(inTheLog);
/** What consumers have no word for. */
const UNPUBLISHED: DomainEventType[] = [
  'UserCredentialChanged',
  'UserPurgeScheduled',
  'StreamVerificationRequested',
  'StreamUpdated',
];

function inTheLog(event: DomainEvent): RecordedEvent {
  const standing = {
    position: 12,
    id: 'event_12',
    directoryId: 'directory_1',
    organizationId: 'org_1',
    sequence: 5,
    requestId: 'request-1',
    occurredAt: NOON,
    subjects: subjectsOf(event),
  };
  return { ...event, ...standing };
}

const dataOf = (event: DomainEvent): { [key: string]: unknown } => published(inTheLog(event))!.data;

const publishedAda = {
  object: 'directory_user',
  id: 'directory_user_1',
  directory_id: 'directory_1',
  organization_id: 'org_1',
  idp_id: 'okta-1',
  email: 'ada@example.com',
  first_name: 'Ada',
  last_name: 'Lovelace',
  name: 'Ada Lovelace',
  state: 'active',
  custom_attributes: {
    addresses: attributes['addresses'],
    cost_center_name: 'c-1',
    department_name: 'Engines',
    division_name: 'Numbers',
    emails: attributes['emails'],
    employee_number: '7',
    employee_type: 'Employee',
    employment_start_date: null,
    job_title: 'Countess',
    manager_email: null,
    organization: 'Analytical',
    username: 'ada',
  },
  raw_attributes: attributes,
  emails: attributes['emails'],
  job_title: 'Countess',
  username: 'ada',
  created_at: MORNING,
  updated_at: NOON,
};
const publishedEngineers = {
  object: 'directory_group',
  id: 'directory_group_1',
  idp_id: 'okta-g',
  directory_id: 'directory_1',
  organization_id: 'org_1',
  name: 'Engineers',
  raw_attributes: engineers.attributes,
  created_at: MORNING,
  updated_at: NOON,
};

describe('a published event', () => {
  it('is an envelope with what lets a receiver prove that it missed nothing', () => {
    expect(published(inTheLog(EXAMPLES.UserCreated[0]!))).toEqual({
      object: 'event',
      id: 'event_12',
      event: 'dsync.user.created',
      data: publishedAda,
      created_at: NOON,
      context: { sequence: 5, cause: 'UserCreated', request_id: 'request-1' },
    });
  });

  it.each(everyExample.map((event) => [event.type, event] as const))(
    'of %s names its cause and survives being parsed and written again, byte for byte',
    (_type, event) => {
      const form = published(event);
      if (UNPUBLISHED.includes(event.type)) return expect(form).toBeUndefined();
      if (!form) return expect(event).toMatchObject({ data: { member: { type: 'Group' } } });
      // What Node's SDK would drop of an organization's data stands there as well.
      const { previous_attributes: previous } = form.data;
      const more = event.type === 'OrganizationUpdated' ? { previous_attributes: previous } : {};
      const context = { sequence: 5, cause: event.type, request_id: 'request-1', ...more };
      expect(form.context).toEqual(context);
      const body = JSON.stringify(form);
      expect(JSON.stringify(JSON.parse(body))).toBe(body);
    },
  );

  it('is the same for the event as the log gives it back', () => {
    for (const event of everyExample) {
      const again = JSON.parse(JSON.stringify(event)) as RecordedEvent;
      expect(JSON.stringify(published(recorded({ previous: undefined, ...again })))).toBe(
        JSON.stringify(published(event)),
      );
    }
  });

  it('survives being parsed and written again whatever the person looks like', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, (before, desired) => {
        for (const event of decideUserChange({ ...ada, attributes: before }, desired, NOON)) {
          const body = JSON.stringify(published(inTheLog(event)));
          expect(JSON.stringify(JSON.parse(body))).toBe(body);
        }
      }),
    );
  });
});

describe('the types of published events', () => {
  it.each(PUBLISHED_TYPES)('%s is what each of its causes is published as', (type) => {
    for (const cause of causesOf(type)) {
      expect(EXAMPLES[cause].map((event) => publishedType(inTheLog(event)))).toContain(type);
    }
  });

  it.each(everyExample.map((event) => [event.type, event] as const))(
    '%s is a cause of the type that it is published as',
    (cause, event) => {
      const type = publishedType(event);
      if (type) expect(causesOf(type)).toContain(cause);
      expect(type === undefined).toBe(published(event) === undefined);
    },
  );

  it('cover every event that can happen, but for a password and a purge to come', () => {
    const causes = [...PUBLISHED_TYPES.flatMap(causesOf), ...UNPUBLISHED];
    expect([...new Set(causes)].sort()).toEqual(Object.keys(DOMAIN_EVENT_TYPES).sort());
  });
});

describe('what is told of a destination', () => {
  it('says which one it is, where it stands, since when and why; of its URL the host only', () => {
    expect(published(inTheLog(EXAMPLES.DestinationDisabled[0]!))).toEqual({
      object: 'event',
      id: 'event_12',
      event: 'destination.disabled',
      data: {
        object: 'destination',
        id: 'we_1',
        organization_id: 'org_1',
        protocol: 'webhook',
        endpoint_host: 'hooks.example.com',
        state: 'disabled',
        since: MORNING,
        reason: 'failing',
      },
      created_at: NOON,
      context: { sequence: 5, cause: 'DestinationDisabled', request_id: 'request-1' },
    });
  });

  it('names an event that was skipped, without what was in it', () => {
    expect(dataOf(EXAMPLES.DeliverySkipped[0]!)).toMatchObject({
      reason: 'all 12 attempts failed',
      skipped: {
        event_id: 'event_7',
        cause: 'UserCreated',
        directory_id: 'directory_1',
        organization_id: 'org_1',
        sequence: 3,
        attempts: 12,
        status: 422,
      },
    });
  });

  it('names a revocation that takes too long by its txn, without whom it is about', () => {
    expect(dataOf(EXAMPLES.RevocationOverdue[0]!)).toMatchObject({
      since: MORNING,
      target_seconds: 300,
      revocation: {
        txn: 'event_8',
        cause: 'deactivated',
        directory_id: 'directory_1',
        organization_id: 'org_1',
        sequence: 4,
        attempts: 9,
        status: 503,
      },
    });
  });

  it('is told apart from what directories tell by its type', () => {
    const told = (event: RecordedEvent): boolean => isOperational(event) || isOfOrganization(event);
    const operational = everyExample.filter(told).map((event) => publishedType(event)!);
    expect([...new Set(operational)].sort()).toEqual(PUBLISHED_TYPES.filter(isOperationalType).sort());
  });
});

describe('what is told of an organization', () => {
  const shownDomain = {
    object: 'organization_domain',
    id: 'org_domain_1',
    organization_id: 'org_1',
    domain: 'example.com',
    state: 'pending',
    verification_strategy: 'dns',
    verification_token: 'proof',
    verification_prefix: '_verify',
    created_at: MORNING,
    updated_at: NOON,
  };

  it('is all of it as the API shows it, with the old values of what an update changed', () => {
    const shown = {
      object: 'organization',
      id: 'org_1',
      name: 'Acme',
      allow_profiles_outside_organization: false,
      domains: [shownDomain],
      metadata: { tier: 'gold' },
      external_id: 'acme-1',
      stripe_customer_id: 'cus_1',
      created_at: MORNING,
      updated_at: NOON,
    };
    expect(dataOf(EXAMPLES.OrganizationCreated[0]!)).toEqual(shown);
    expect(dataOf(EXAMPLES.OrganizationUpdated[0]!)).toEqual({
      ...shown,
      previous_attributes: { name: 'Apex', stripe_customer_id: null, metadata: {} },
    });
  });

  it('leaves out a customer of Stripe that is not set, and what DNS should say where nobody asks it', () => {
    const bare = { ...organization, stripeCustomerId: null, domains: [] };
    const event: DomainEvent = { type: 'OrganizationCreated', data: { organization: bare } };
    expect(dataOf(event)).not.toHaveProperty('stripe_customer_id');
    const manual = dataOf(EXAMPLES.OrganizationDomainVerified[0]!);
    expect(manual).toMatchObject({ state: 'verified', verification_strategy: 'manual' });
    expect(manual).not.toHaveProperty('verification_token');
  });

  it('says why a domain could not be verified', () => {
    expect(dataOf(EXAMPLES.OrganizationDomainVerificationFailed[0]!)).toEqual({
      reason: 'domain_verification_period_expired',
      organization_domain: { ...shownDomain, state: 'failed' },
    });
  });

  it('shows the end of a key only, and who owns it', () => {
    expect(dataOf(EXAMPLES.CustomerKeyUpdated[0]!)).toEqual({
      object: 'api_key',
      id: 'api_key_1',
      owner: { type: 'organization', id: 'org_1' },
      name: 'CI',
      obfuscated_value: 'sk_...wxyz',
      last_used_at: null,
      expires_at: NOON,
      permissions: ['posts:read'],
      created_at: MORNING,
      updated_at: NOON,
      previous_attributes: { expires_at: null },
    });
  });
});

describe('a published person', () => {
  it('shows no groups: those are told by events of their own', () => {
    for (const event of everyExample) {
      const form = JSON.stringify(published(event)?.data ?? {});
      expect(form).not.toContain('"groups"');
    }
  });

  it.each([
    ['UserDeactivated', 'inactive'],
    ['UserReactivated', 'active'],
  ] as const)('has after %s the state %s', (type, state) => {
    expect(dataOf(EXAMPLES[type][0]!)).toMatchObject({ state });
  });

  it('has our id as idp_id when the identity provider gave none, and null for what is unknown', () => {
    const bare = { ...ada, attributes: { userName: 'ada' } };
    expect(dataOf({ type: 'UserCreated', data: { user: bare } })).toMatchObject({
      idp_id: 'directory_user_1',
      email: null,
      first_name: null,
      last_name: null,
      name: null,
      job_title: null,
      username: 'ada',
      emails: [],
      state: 'active',
      custom_attributes: { addresses: [], department_name: null, username: 'ada' },
    });
  });

  it.each([
    ['the display name', { displayName: 'A. L.', name: { formatted: 'Ada L', givenName: 'Ada' } }, 'A. L.'],
    ['the formatted name', { name: { formatted: 'Ada L', givenName: 'Ada' } }, 'Ada L'],
    ['its parts', { name: { givenName: 'Ada', familyName: 'Lovelace' } }, 'Ada Lovelace'],
    ['its only part', { name: { familyName: 'Lovelace' } }, 'Lovelace'],
  ])('is called by %s', (_what, more, name) => {
    const user = { ...ada, attributes: { userName: 'ada', ...more } };
    expect(dataOf({ type: 'UserCreated', data: { user } })).toMatchObject({ name });
  });

  it.each([
    [
      'the primary one',
      [
        { value: 'w', type: 'work' },
        { value: 'p', primary: true },
      ],
      'p',
    ],
    [
      'else the first for work',
      [
        { value: 'h', type: 'home' },
        { value: 'w', type: 'work' },
      ],
      'w',
    ],
    [
      'else the first for home',
      [
        { value: 'o', type: 'other' },
        { value: 'h', type: 'home' },
      ],
      'h',
    ],
    ['else any', [{ value: 'o' }, { value: 'x' }], 'o'],
    [
      'another when the primary one was cleared',
      [
        { type: 'work', primary: true },
        { value: 'h', type: 'home' },
      ],
      'h',
    ],
    ['nobody’s when there is none', [], null],
  ])('is written to at %s', (_which, emails, email) => {
    expect(emailOf({ emails })).toBe(email);
  });
});

describe('a person who is concealed', () => {
  const typeOf = (event: DomainEvent): string | undefined => publishedType(inTheLog(event));
  const member = { type: 'User' as const, user: concealed };

  it('was told as deleted when they left, as they were then, without previous attributes', () => {
    const form = published(inTheLog(EXAMPLES.UserDeactivated[1]!));
    expect(form).toMatchObject({ event: 'dsync.user.deleted', context: { cause: 'UserDeactivated' } });
    expect(form!.data).toEqual({
      ...publishedAda,
      state: 'inactive',
      raw_attributes: { ...attributes, active: false },
    });
  });

  it.each<[string, DomainEvent]>([
    ['a creation', { type: 'UserCreated', data: { user: concealed } }],
    ['a change', { type: 'UserProfileChanged', data: { user: concealed }, previous: { title: null } }],
    ['a deletion', { type: 'UserDeleted', data: { user: concealed } }],
    ['a membership', { type: 'MembershipChanged', data: { change: 'added', group: engineers, member } }],
    ['the end of one', { type: 'MembershipChanged', data: { change: 'removed', group: engineers, member } }],
  ])('is not told of: %s', (_what, event) => {
    expect(typeOf(event)).toBeUndefined();
    expect(published(inTheLog(event))).toBeUndefined();
  });

  it('is told as created when they come back, and so are their memberships', () => {
    const back = published(inTheLog(EXAMPLES.UserReactivated[1]!));
    expect(back).toMatchObject({ event: 'dsync.user.created', context: { cause: 'UserReactivated' } });
    expect(back!.data).toEqual(publishedAda);
    expect(published(inTheLog(EXAMPLES.MembershipRestated[0]!))).toMatchObject({
      event: 'dsync.group.user_added',
      data: { directory_id: 'directory_1', user: publishedAda, group: publishedEngineers },
      context: { cause: 'MembershipRestated' },
    });
  });
});

describe('previous_attributes', () => {
  it('of a deactivation hold the old state, in both places where it shows', () => {
    expect(dataOf(EXAMPLES.UserDeactivated[0]!)['previous_attributes']).toEqual({
      state: 'active',
      raw_attributes: { active: true },
    });
  });

  it('of a reactivation hold the old state', () => {
    expect(dataOf(EXAMPLES.UserReactivated[0]!)['previous_attributes']).toEqual({
      state: 'inactive',
      raw_attributes: { active: false },
    });
  });

  it('hold root properties whole, and one level down in custom_attributes and raw_attributes', () => {
    const enterprise = { department: 'Looms' };
    const event: DomainEvent = {
      type: 'UserProfileChanged',
      data: { user: ada },
      previous: { name: { givenName: 'Augusta' }, title: 'Miss', [ENTERPRISE_URN]: enterprise },
    };
    expect(dataOf(event)['previous_attributes']).toEqual({
      first_name: 'Augusta',
      last_name: null,
      name: 'Augusta',
      job_title: 'Miss',
      custom_attributes: {
        cost_center_name: null,
        department_name: 'Looms',
        division_name: null,
        employee_number: null,
        job_title: 'Miss',
        organization: null,
      },
      raw_attributes: { name: { givenName: 'Augusta' }, title: 'Miss', [ENTERPRISE_URN]: enterprise },
    });
  });

  it('hold null for what did not exist', () => {
    const event: DomainEvent = {
      type: 'UserProfileChanged',
      data: { user: ada },
      previous: { title: null, externalId: null },
    };
    expect(dataOf(event)['previous_attributes']).toEqual({
      idp_id: 'directory_user_1',
      job_title: null,
      custom_attributes: { job_title: null },
      raw_attributes: { title: null, externalId: null },
    });
  });

  it('hold what was taken away', () => {
    const user = { ...ada, attributes: { userName: 'ada', active: true } };
    const event: DomainEvent = {
      type: 'UserProfileChanged',
      data: { user },
      previous: { title: 'Countess' },
    };
    expect(dataOf(event)['previous_attributes']).toEqual({
      job_title: 'Countess',
      custom_attributes: { job_title: 'Countess' },
      raw_attributes: { title: 'Countess' },
    });
  });

  it('of a group hold the old name, or the old id at the identity provider', () => {
    expect(dataOf(EXAMPLES.GroupChanged[0]!)).toEqual({
      ...publishedEngineers,
      previous_attributes: { name: 'Builders', raw_attributes: { displayName: 'Builders' } },
    });
    const other: DomainEvent = {
      type: 'GroupChanged',
      data: { group: engineers },
      previous: { externalId: null },
    };
    expect(dataOf(other)['previous_attributes']).toEqual({
      idp_id: engineers.id,
      raw_attributes: { externalId: null },
    });
  });
});

describe('a published group', () => {
  it.each(['GroupCreated', 'GroupDeleted'] as const)('of %s is the group as it is or was last', (type) => {
    expect(dataOf(EXAMPLES[type][0]!)).toEqual(publishedEngineers);
  });

  it('with a member who comes or goes shows both as they are', () => {
    for (const [index, name] of (['dsync.group.user_added', 'dsync.group.user_removed'] as const).entries()) {
      expect(published(inTheLog(EXAMPLES.MembershipChanged[index]!))).toMatchObject({
        event: name,
        data: { directory_id: 'directory_1', user: publishedAda, group: publishedEngineers },
      });
    }
  });

  it('that ends with its group is not published: the deletion of the group says it', () => {
    const data = {
      change: 'removed' as const,
      group: engineers,
      member: { type: 'User' as const, user: ada },
    };
    const event = {
      type: 'MembershipChanged' as const,
      data: { ...data, because: 'group_deleted' as const },
    };
    expect(published(inTheLog(event))).toBeUndefined();
  });

  it('inside a group is not published: consumers have no word for it', () => {
    expect(published(inTheLog(EXAMPLES.MembershipChanged[2]!))).toBeUndefined();
  });
});

describe('a published directory', () => {
  it('that was activated has the domains of its organization at that moment, and no single domain', () => {
    const { directory } = EXAMPLES.DirectoryActivated[0]!.data;
    const domains = [{ id: 'org_domain_1', domain: 'example.com' }];
    expect(dataOf({ type: 'DirectoryActivated', data: { directory, domains } })).toEqual({
      object: 'directory',
      id: 'directory_1',
      organization_id: 'org_1',
      external_key: 'abcdefghij',
      type: 'okta scim v2.0',
      name: 'Example',
      state: 'active',
      domains: [{ object: 'organization_domain', id: 'org_domain_1', domain: 'example.com' }],
      created_at: MORNING,
      updated_at: NOON,
    });
  });

  it('that an earlier release has activated has none: its log does not say it', () => {
    expect(dataOf(EXAMPLES.DirectoryActivated[0]!)).toMatchObject({ domains: [] });
  });

  it('that was deleted has neither key nor domains', () => {
    expect(dataOf(EXAMPLES.DirectoryDeleted[0]!)).toEqual({
      object: 'directory',
      id: 'directory_1',
      organization_id: 'org_1',
      type: 'okta scim v2.0',
      name: 'Example',
      state: 'active',
      created_at: MORNING,
      updated_at: NOON,
    });
  });
});

describe('what is different for consumers, beside attributes', () => {
  const toldOf = (event: DomainEvent): unknown => published(inTheLog(event))?.data;

  it('is what the mapping had made, one level down as always', () => {
    const [event] = EXAMPLES.UserRemapped;
    expect(toldOf(event!)).toMatchObject({
      custom_attributes: { division_name: 'R&D', level: 3, username: attributes['userName'] },
      previous_attributes: { custom_attributes: { division_name: 'Numbers', level: null } },
    });
  });

  it('is the roles that they had; who has none has no such key', () => {
    const [event] = EXAMPLES.UserRolesChanged;
    expect(toldOf(event!)).toMatchObject({
      role: { slug: 'admin' },
      roles: [{ slug: 'admin' }, { slug: 'member' }],
      previous_attributes: { role: { slug: 'member' }, roles: [{ slug: 'member' }] },
    });
    const first = { ...event!, data: { user: { ...ada, roles: ['admin'] }, before: { roles: [] } } };
    expect(toldOf(first as DomainEvent)).toMatchObject({ previous_attributes: { role: null, roles: null } });
    const last = { ...event!, data: { user: ada, before: { roles: ['admin'] } } };
    expect(toldOf(last as DomainEvent)).toMatchObject({
      previous_attributes: { role: { slug: 'admin' }, roles: [{ slug: 'admin' }] },
    });
    const [created] = EXAMPLES.UserCreated;
    expect(toldOf(created!)).not.toHaveProperty('role');
  });

  it('keeps the updated_at that consumers know when a password came, or a group inside the group', () => {
    const told = '2029-12-31T00:00:00.000Z';
    const event = { type: 'UserDeleted' as const, data: { user: { ...ada, told } } };
    expect(toldOf(event)).toMatchObject({ updated_at: told });
  });
});

describe('an event read from the log', () => {
  it('is about the person, the group, both for a membership, the directory, the organization, the destination, or the stream', () => {
    expect(everyExample.map((event) => [event.type, event.subjects])).toEqual([
      ...(
        [
          'UserCreated',
          'UserProfileChanged',
          'UserRemapped',
          'UserRolesChanged',
          'UserAdopted',
          'UserCredentialChanged',
          'UserDeactivated',
          'UserDeactivated',
          'UserPurgeScheduled',
          'UserReactivated',
          'UserReactivated',
          'UserDeleted',
        ] as const
      ).map((type) => [type, ['directory_user_1']]),
      ...(['GroupCreated', 'GroupChanged', 'GroupDeleted'] as const).map((type) => [
        type,
        ['directory_group_1'],
      ]),
      ['MembershipChanged', ['directory_group_1', 'directory_user_1']],
      ['MembershipChanged', ['directory_group_1', 'directory_user_1']],
      ['MembershipChanged', ['directory_group_1', 'directory_group_1']],
      ['MembershipRestated', ['directory_group_1', 'directory_user_1']],
      ['DirectoryActivated', ['directory_1']],
      ['DirectoryDeleted', ['directory_1']],
      ...(['OrganizationCreated', 'OrganizationUpdated', 'OrganizationDeleted'] as const).map((type) => [
        type,
        ['org_1'],
      ]),
      ...(
        [
          'OrganizationDomainCreated',
          'OrganizationDomainUpdated',
          'OrganizationDomainDeleted',
          'OrganizationDomainVerified',
          'OrganizationDomainVerificationFailed',
        ] as const
      ).map((type) => [type, ['org_1', 'org_domain_1']]),
      ...(['CustomerKeyCreated', 'CustomerKeyUpdated', 'CustomerKeyRevoked'] as const).map((type) => [
        type,
        ['org_1', 'api_key_1'],
      ]),
      ...(
        [
          'DestinationFailing',
          'DestinationRecovered',
          'DestinationDisabled',
          'DestinationPaused',
          'DestinationBacklog',
          'DeliverySkipped',
          'RevocationOverdue',
        ] as const
      ).map((type) => [type, ['we_1']]),
      ['StreamVerificationRequested', ['destination_1']],
      ['StreamUpdated', ['destination_1']],
    ]);
  });

  it('of a type that this release does not know is refused', () => {
    const entry = { ...inTheLog(EXAMPLES.UserCreated[0]!), type: 'UserCloned', previous: undefined };
    expect(() => recorded(entry)).toThrow(
      'event 12 is of the unknown type UserCloned: it was written by a newer release',
    );
  });
});
