/** Destinations and webhook endpoints, which share most of their routes, and what became of deliveries. */
import type { Route, Routes } from '../routes.js';
import { page, ref } from '../shapes.js';
import { answering, all, file, gone, made, many, one, PAGING } from './rows.js';

const ATTEMPTS = [
  'event',
  'subject',
  'organization_id',
  'directory',
  'kind',
  'outcome',
  'status',
  'range_start',
  'range_end',
];

/** What there is below every destination, by the rest of the path. */
const BELOW: Readonly<Record<string, Route>> = {
  'GET attempts': many('DeliveryAttempt', ...ATTEMPTS),
  'GET parked_deliveries': many('ParkedDelivery', 'state'),
  'GET parked_deliveries/{eventId}': one('ParkedDelivery'),
  'POST parked_deliveries/{eventId}/retry': one('ParkedDelivery'),
  'POST parked_deliveries/{eventId}/give_up': one('ParkedDelivery'),
  'POST parked_deliveries/retry': one('Retry'),
  'POST replays': answering({ 200: ref('ReplayDryRun'), 201: ref('Replay') }),
  'GET replays': many('Replay'),
  'GET replays/{id}': one('Replay'),
  'POST replays/{id}/stop': one('Replay'),
  'POST replays/{id}/resume': one('Replay'),
  'POST rewind': answering({ 200: { anyOf: [ref('Rewind'), ref('RewindDryRun')] } }),
  'POST test': answering({ 200: ref('DestinationTest'), 202: ref('DestinationTest') }),
  'GET test/{id}': one('DestinationTest'),
  'GET secrets': all('DestinationSecret'),
  'POST secrets/rotate': made('DestinationSecret'),
  'GET secrets/{secretId}': one('DestinationSecret', { query: ['reveal'] }),
  'DELETE secrets/{secretId}': gone,
};

function below(noun: string): Routes {
  return Object.fromEntries(
    Object.entries(BELOW).map(([name, route]) => {
      const [method, path = ''] = name.split(' ');
      const id = /^(attempts|parked)/.test(path) ? '{id}' : '{destinationId}';
      return [`${method} /${noun}/${id}/${path}`, route];
    }),
  );
}

export const DELIVERY_ROUTES: Routes = {
  'POST /destinations': made('Destination'),
  'GET /destinations': many('Destination'),
  'GET /destinations/{id}': one('Destination'),
  'PATCH /destinations/{id}': one('Destination'),
  'DELETE /destinations/{id}': gone,
  'POST /webhook_endpoints': made('WebhookEndpoint'),
  'GET /webhook_endpoints': many('WebhookEndpoint'),
  'GET /webhook_endpoints/{id}': one('WebhookEndpoint'),
  'PATCH /webhook_endpoints/{id}': one('WebhookEndpoint'),
  'DELETE /webhook_endpoints/{id}': gone,
  ...below('destinations'),
  ...below('webhook_endpoints'),
  'GET /delivery_attempts': many('DeliveryAttempt', 'destination', ...ATTEMPTS),
  'GET /delivery_attempts/{id}': one('DeliveryAttempt'),
  'GET /events/{id}/deliveries': all('EventDelivery'),
  'GET /revocations': many(
    'Revocation',
    'organization_id',
    'directory',
    'person',
    'destination',
    'state',
    'cause',
    'from',
    'to',
  ),
  'GET /revocations/{id}': one('Revocation'),
  'GET /revocations/export': answering(
    { 200: file('text/csv') },
    { query: ['organization_id', 'from', 'to', 'format'] },
  ),
  'GET /scim_requests': answering(
    { 200: page(ref('ScimRequest')) },
    {
      query: [
        'request_id',
        'directory_id',
        'organization_id',
        'method',
        'outcome',
        'status',
        'path',
        'range_start',
        'range_end',
        ...PAGING,
      ],
    },
  ),
  'GET /scim_requests/{id}': one('ScimRequest'),
  'GET /directories/{id}/requests': many(
    'ScimRequest',
    'method',
    'outcome',
    'status',
    'path',
    'range_start',
    'range_end',
  ),
};
