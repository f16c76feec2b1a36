/** Bodies that work, for readers and for the page that sends them. By the name of the body. Pure. */

const ORGANIZATION = 'org_01JZQ3T8M4W2Y5N7K9B1C3D5F7';
const DIRECTORY = 'directory_01JZQ3V0R6X8Z1B3D5F7H9K1M3';
const PERSON = 'directory_user_01JZQ3W2T8Z1C4E6G8J0M2P4R6';
const GROUP = 'directory_group_01JZQ3X4V0B3D5F7H9K1M3P5R7';
export const EVENT = 'event_01JZQ3Y6X2C5E7G9J1M3P5R7T9';

export const BODY_EXAMPLES: Readonly<Record<string, object>> = {
  NewOrganization: {
    name: 'Acme',
    external_id: 'customer-42',
    domain_data: [{ domain: 'acme.com', state: 'pending' }],
  },
  OrganizationChange: { name: 'Acme Inc.', metadata: { plan: 'enterprise' } },
  NewOrganizationDomain: { organization_id: ORGANIZATION, domain: 'acme.com' },
  NewItContact: { email: 'it@acme.com' },
  InvitationBody: { intents: ['dsync'] },
  PortalLinkBody: {
    organization: ORGANIZATION,
    intent: 'dsync',
    return_url: 'https://app.example.com/settings',
  },
  NewCustomerKeyBody: { name: 'Nightly export', permissions: ['reports:read'], expires_at: null },
  ValidationBody: { value: 'sk_live_…' },
  ExpireBody: { expires_at: '2030-01-31T12:00:00Z' },
  NewDirectoryBody: { organization_id: ORGANIZATION, name: 'Acme Okta', type: 'okta scim v2.0' },
  DirectoryChangeBody: { settings: { delete_policy: 'deactivate', purge_after_days: 30 } },
  SchemaExtensionBody: {
    resource_type: 'User',
    name: 'Acme',
    attributes: [{ name: 'costCenter', type: 'string' }],
  },
  SignInCheckBody: { organization_id: ORGANIZATION, email: 'ada@acme.com' },
  AttributeMappingBody: {
    attributes: [
      { name: 'team', path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department' },
    ],
  },
  AttributePreviewBody: {
    attributes: [{ name: 'nickname', path: 'nickName', default: '' }],
    user_id: PERSON,
  },
  RoleMappingBody: { rules: [{ group: { name: 'Admins' }, roles: ['admin'] }], default_role: 'member' },
  RolePreviewBody: { rules: [{ group: { id: GROUP }, roles: ['admin'] }], limit: 10 },
  OrganizationRolePreviewBody: {
    directory_id: DIRECTORY,
    rules: [{ group: { name: 'Admins' }, roles: ['admin'] }],
  },
  NewConsumerBody: {
    name: 'billing',
    filters: { events: ['dsync.user.created', 'dsync.user.deleted'] },
    from: 'now',
  },
  AckBody: { event_id: EVENT },
  SeekBody: { to: 'beginning' },
  NewFeedTokenBody: { name: 'Search index', organization_id: ORGANIZATION },
  ReannouncementBody: { destination_id: 'destination_01JZQ40Z2E8H0K2N4Q6S8V0X2Z', kinds: ['users'] },
  NewWebhookEndpoint: { endpoint_url: 'https://app.example.com/webhooks', events: ['dsync.*'] },
  WebhookEndpointChange: { status: 'disabled' },
  NewDestinationBody: {
    protocol: 'back-channel-logout',
    settings: { endpoint_url: 'https://app.example.com/logout', client_id: 'app', subject_attribute: 'id' },
    organization_id: ORGANIZATION,
  },
  DestinationChangeBody: { state: 'paused' },
  SecretRotation: { overlap_seconds: 86_400 },
  SecretRotationBody: { overlap_seconds: 86_400 },
  NewReplayBody: { from_time: '2030-01-31T00:00:00Z', to_time: '2030-02-01T00:00:00Z', dry_run: true },
  RewindBody: { after: EVENT, dry_run: true },
  NewTestBody: { event_type: 'dsync.user.created' },
  RetryManyBody: { states: ['given_up'], limit: 100 },
  GiveUpBody: { confirm: EVENT, reason: 'the endpoint never knew this person' },
  NewTokenBody: { name: 'Okta', expires_at: '2030-01-31T12:00:00Z' },
  TokenChangeBody: { name: 'Okta production' },
  TokenRotationBody: { overlap_seconds: 604_800 },
  NewOAuthClientBody: { name: 'SailPoint', authentication_methods: ['client_secret_basic'] },
  OAuthClientChangeBody: { name: 'SailPoint production' },
  NewReceiverBody: { name: 'Acme app', organization_id: ORGANIZATION },
  NewAdminApiKey: { name: 'deploy', permissions: [] },
  SigningKeyRotationBody: { algorithm: 'ES256', lead_seconds: 3_600 },
};
