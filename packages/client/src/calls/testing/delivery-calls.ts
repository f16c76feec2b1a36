/** The calls that are about destinations, and about what became of events on their way there. */

export const PAGE = { limit: 5, after: 'x', order: 'asc' };
export const TIME = '2030-01-31T12:00:00.000Z';
const DELIVERY = { ordering: 'directory', retry: { delays_seconds: [1] }, max_in_flight: 2 };
const MANNER = { filter: { directory_ids: ['directory_1'] }, delivery: DELIVERY, request: { headers: {} } };
const DESTINATION = 'destination_1';
const ATTEMPTS = {
  event: 'event_1',
  subject: 'directory_user_1',
  organization_id: 'org_1',
  directory: 'directory_1',
  kind: 'first',
  outcome: 'refused',
  status: '4xx',
  range_start: TIME,
  range_end: TIME,
  ...PAGE,
};
const REVOCATIONS = {
  organization_id: 'org_1',
  directory: 'directory_1',
  person: 'directory_user_1',
  destination: DESTINATION,
  state: 'requested',
  cause: 'deactivated',
  from: TIME,
  to: TIME,
  ...PAGE,
};
const SELECTION = { after: 'event_1', event_types: ['dsync.user.created'], max_per_second: 5 };

export const DELIVERY_CALLS: Readonly<Record<string, readonly unknown[]>> = {
  'webhookEndpoints.create': [
    {
      endpoint_url: 'https://app.example.com/hook',
      events: ['dsync.user.*'],
      organization_id: 'org_1',
      start_from: { after: 'event_1' },
      signatures: ['v1a'],
      payload: 'thin',
      ...MANNER,
    },
  ],
  'webhookEndpoints.list': [PAGE],
  'webhookEndpoints.all': [PAGE],
  'webhookEndpoints.get': ['we_1'],
  'webhookEndpoints.update': ['we_1', { status: 'disabled', signatures: null, payload: null, ...MANNER }],
  'webhookEndpoints.delete': ['we_1'],
  'destinations.create': [
    {
      protocol: 'signed-call',
      settings: { endpoint_url: 'https://app.example.com' },
      organization_id: 'org_1',
      start_from: { after: 'event_1' },
      ...MANNER,
    },
  ],
  'destinations.list': [PAGE],
  'destinations.all': [PAGE],
  'destinations.get': [DESTINATION],
  'destinations.update': [
    DESTINATION,
    { state: 'paused', settings: { endpoint_url: 'https://app.example.com' }, ...MANNER },
  ],
  'destinations.delete': [DESTINATION],
  'destinations.secrets.list': [DESTINATION],
  'destinations.secrets.get': [DESTINATION, 'secret_1', { reveal: true }],
  'destinations.secrets.rotate': [DESTINATION, { overlap_seconds: 5 }],
  'destinations.secrets.end': [DESTINATION, 'secret_1'],
  'destinations.parkedDeliveries.list': [DESTINATION, { state: 'given_up', ...PAGE }],
  'destinations.parkedDeliveries.all': [DESTINATION, { state: 'waiting', ...PAGE }],
  'destinations.parkedDeliveries.get': [DESTINATION, 'event_1'],
  'destinations.parkedDeliveries.retry': [DESTINATION, 'event_1'],
  'destinations.parkedDeliveries.retryMany': [
    DESTINATION,
    { states: ['given_up'], subject: 'directory_user_1', limit: 5 },
  ],
  'destinations.parkedDeliveries.giveUp': [DESTINATION, 'event_1', { reason: 'obsolete' }],
  'destinations.attempts': [DESTINATION, ATTEMPTS],
  'destinations.rewind': [DESTINATION, 'event_1'],
  'destinations.dryRewind': [DESTINATION, 'beginning'],
  'deliveryAttempts.list': [{ destination: DESTINATION, ...ATTEMPTS }],
  'deliveryAttempts.all': [{ destination: DESTINATION, ...ATTEMPTS }],
  'deliveryAttempts.get': ['attempt_1'],
  'replays.create': [DESTINATION, SELECTION],
  'replays.dryRun': [DESTINATION, SELECTION],
  'replays.list': [DESTINATION, PAGE],
  'replays.all': [DESTINATION, PAGE],
  'replays.get': [DESTINATION, 'replay_1'],
  'replays.stop': [DESTINATION, 'replay_1'],
  'replays.resume': [DESTINATION, 'replay_1'],
  'replays.test': [DESTINATION, { event_type: 'dsync.user.created' }],
  'replays.getTest': [DESTINATION, 'test_1'],
  'revocations.list': [REVOCATIONS],
  'revocations.all': [REVOCATIONS],
  'revocations.get': ['revocation_1'],
  'revocations.export': [{ organization_id: 'org_1', from: TIME, to: TIME, format: 'csv' }],
};
