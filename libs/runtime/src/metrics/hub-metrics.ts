/** What only hubs count. */
import { COUNTS, metric, SECONDS_OF_WORK, type MetricDefinition } from './definition.js';

export const HUB_METRICS = {
  rollcall_http_requests_total: metric(
    'hub',
    'counter',
    'Requests answered, by API (scim, oauth, api), method and class of status (2xx, 4xx, …).',
    ['api', 'method', 'status'],
  ),
  rollcall_http_request_duration_seconds: metric(
    'hub',
    'histogram',
    'From a request’s first byte to the end of its answer.',
    ['api', 'method'],
    SECONDS_OF_WORK,
  ),
  rollcall_transaction_commands: metric(
    'hub',
    'histogram',
    'Commands that shared one transaction (group commit).',
    [],
    COUNTS,
  ),
  rollcall_transaction_duration_seconds: metric(
    'hub',
    'histogram',
    'Duration of the transactions that wrote events.',
    [],
    SECONDS_OF_WORK,
  ),
  rollcall_events_appended_total: metric('hub', 'counter', 'Events written to the log by this process.'),
  rollcall_event_streams: metric('hub', 'gauge', 'Streams of server-sent events that are open at this hub.'),
  rollcall_event_waiters: metric(
    'hub',
    'gauge',
    'Requests and streams that wait at this hub for the log to grow.',
  ),
  rollcall_consumer_lag_events: metric(
    'hub',
    'gauge',
    'Events of the log behind the place of a named consumer, of the hundred that are furthest behind. *',
    ['consumer'],
  ),
  rollcall_consumer_lag_seconds: metric('hub', 'gauge', 'Age of the first of those events. *', ['consumer']),
  rollcall_mapping_backlog_people: metric(
    'hub',
    'gauge',
    'People who are still to be looked at after a mapping, or a group inside others, has changed; kind is attributes or roles. *',
    ['kind'],
  ),
  rollcall_mapping_backlog_seconds: metric(
    'hub',
    'gauge',
    'Time since the oldest of those changes; 0 when everybody has been looked at. *',
    ['kind'],
  ),
  rollcall_people_looked_at_total: metric(
    'hub',
    'counter',
    'People whose attributes or roles this process has worked out again.',
    ['kind'],
  ),
  rollcall_people_remapped_total: metric(
    'hub',
    'counter',
    'Those of them whom consumers see differently since.',
    ['kind'],
  ),
  rollcall_required_attribute_refusals_total: metric(
    'hub',
    'counter',
    'Writes refused because somebody active would lack an attribute that the mapping requires.',
  ),
  rollcall_roles_lag_events: metric(
    'hub',
    'gauge',
    'Events of the log whose memberships have not been looked at for roles yet. *',
  ),
  rollcall_roles_lag_seconds: metric('hub', 'gauge', 'Age of the first of those events. *'),
  rollcall_history_lag_events: metric(
    'hub',
    'gauge',
    'Events that are not entered into history yet; beyond 5,000, questions about their time are refused. *',
  ),
} satisfies Record<string, MetricDefinition>;
