/** Events, who reads them, and with which tokens. */
import type { Routes } from '../routes.js';
import { ref } from '../shapes.js';
import { answering, file, made, many, one } from './rows.js';

const FILTERS = ['events', 'organization_id', 'directory', 'subject', 'cause', 'range_start', 'range_end'];

export const FEED_ROUTES: Routes = {
  'GET /events': answering(
    { 200: ref('EventPage') },
    { query: [...FILTERS, 'after', 'limit_of_events', 'wait'] },
  ),
  'GET /events/stream': answering({ 200: file('text/event-stream') }, { query: [...FILTERS, 'after'] }),
  'POST /feed_tokens': made('FeedToken'),
  'GET /feed_tokens': many('FeedToken', 'organization_id'),
  'GET /feed_tokens/{id}': one('FeedToken'),
  'DELETE /feed_tokens/{id}': one('DeletedFeedToken'),
  'POST /consumers': made('Consumer'),
  'GET /consumers': many('Consumer'),
  'GET /consumers/{name}': one('Consumer'),
  'DELETE /consumers/{name}': one('DeletedConsumer'),
  'GET /consumers/{name}/events': one('ConsumerPage', {
    query: ['limit_of_events', 'wait', 'lease', 'lease_token'],
  }),
  'POST /consumers/{name}/ack': one('AcknowledgedConsumer'),
  'POST /consumers/{name}/seek': one('Consumer'),
};
