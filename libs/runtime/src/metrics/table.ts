/** Every metric there is. The reference page is made of this table, and nothing is counted that is not in it. */
import {
  metric,
  SECONDS_OF_EXCHANGE,
  SECONDS_OF_WORK,
  SECONDS_UNTIL,
  type MetricDefinition,
} from './definition.js';
import { HUB_METRICS } from './hub-metrics.js';

export type { MetricDefinition };

export const METRICS = {
  ...HUB_METRICS,

  rollcall_delivery_attempts_total: metric(
    'worker',
    'counter',
    'Attempts, by protocol, kind (delivery, probe, replay, test), outcome and class of status (2xx, 4xx, …, none).',
    ['protocol', 'kind', 'outcome', 'status'],
  ),
  rollcall_delivery_attempt_duration_seconds: metric(
    'worker',
    'histogram',
    'Duration of attempts, from composing to the end of the answer.',
    ['protocol', 'outcome'],
    SECONDS_OF_EXCHANGE,
  ),
  rollcall_delivery_first_attempt_seconds: metric(
    'worker',
    'histogram',
    'From an event’s time to its first attempt: how late a healthy destination hears of it.',
    ['protocol', 'urgency'],
    SECONDS_UNTIL,
  ),
  rollcall_delivery_delivered_seconds: metric(
    'worker',
    'histogram',
    'From an event’s time to its acknowledged delivery, retries included. For revocations: the time to revoke.',
    ['protocol', 'urgency'],
    SECONDS_UNTIL,
  ),
  rollcall_time_to_revoke_seconds: metric(
    'worker',
    'histogram',
    'Until an application confirmed that somebody’s sessions are over, since the identity provider said so (`occurred`) and ' +
      'since it was asked for (`requested`). Each receipt counts once.',
    ['protocol', 'since'],
    SECONDS_UNTIL,
  ),
  rollcall_revocations_open: metric(
    'worker',
    'gauge',
    'Receipts that wait for an application to confirm. *',
    ['protocol'],
  ),
  rollcall_revocation_oldest_open_seconds: metric(
    'worker',
    'gauge',
    'Time since the oldest thing that they are about happened. *',
    ['protocol'],
  ),
  rollcall_deliveries_in_flight: metric(
    'worker',
    'gauge',
    'Requests under way to receivers, in this process.',
    ['protocol'],
  ),
  rollcall_delivery_settle_duration_seconds: metric(
    'worker',
    'histogram',
    'Duration of the statements that write down what came of a batch of attempts.',
    [],
    SECONDS_OF_WORK,
  ),
  rollcall_delivery_slices_total: metric('worker', 'counter', 'Turns of work for one destination.', [
    'urgency',
  ]),
  rollcall_delivery_slice_duration_seconds: metric(
    'worker',
    'histogram',
    'Duration of those turns.',
    ['urgency'],
    SECONDS_OF_EXCHANGE,
  ),
  rollcall_delivery_leases_lost_total: metric(
    'worker',
    'counter',
    'Turns that ended because another worker had taken the destination over.',
  ),
  rollcall_routed_events_total: metric('worker', 'counter', 'Events that this process has routed.'),
  rollcall_sweep_finds_total: metric(
    'worker',
    'counter',
    'Work that the sweep found without a ticket: the log behind the router, or a destination.',
    ['what'],
  ),
  rollcall_destinations: metric(
    'worker',
    'gauge',
    'Destinations by state (enabled, paused, disabled) and breaker (closed, resting, half-open). *',
    ['protocol', 'state', 'breaker'],
  ),
  rollcall_delivery_lag_events: metric(
    'worker',
    'gauge',
    'The longest way of any enabled destination to the end of its work, in positions of the log. *',
    ['protocol', 'urgency'],
  ),
  rollcall_delivery_lag_seconds: metric(
    'worker',
    'gauge',
    'Age of the oldest event that an enabled destination has not been told. *',
    ['protocol', 'urgency'],
  ),
  rollcall_delivery_parked_lag_seconds: metric(
    'worker',
    'gauge',
    'Age of the oldest event whose delivery failed and is still being tried. *',
    ['protocol', 'urgency'],
  ),
  rollcall_parked_deliveries: metric(
    'worker',
    'gauge',
    'Failed deliveries by state: waiting, behind, given-up, superseded. *',
    ['protocol', 'state'],
  ),
  rollcall_router_lag_events: metric('worker', 'gauge', 'Events that a router has not read yet. *', [
    'urgency',
  ]),
  rollcall_queue_depth: metric('worker', 'gauge', 'Tickets that wait, are delayed or are in hand. *', [
    'queue',
  ]),

  rollcall_database_connections: metric(
    'both',
    'gauge',
    'Connections of the pool, by state: in_use, idle; `waiting` are statements without one.',
    ['program', 'state'],
  ),
  rollcall_metrics_unread_total: metric(
    'both',
    'counter',
    'Scrapes at which values could not be read (the database was away or slow); those values are left out then.',
  ),
} satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** The text of docs/reference/metrics.md. */
export function metricsReference(): string {
  const rows = Object.entries<MetricDefinition>(METRICS).map(
    ([name, { type, labels, help, from }]) =>
      `| \`${name}\` | ${type} | ${from === 'both' ? 'hub, worker' : from} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return `${[
    '# Metrics',
    '',
    'What `GET /metrics` on `ROLLCALL_METRICS_PORT` answers. How to use it: [observability](../delivery/observability.md).',
    'This page is generated: `npm run docs` writes it.',
    '',
    '| metric | type | program | labels | what it is |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    'Values marked * are read from the database or the queue when somebody asks, at most every 5 seconds; every worker',
    '(or hub) says the same, so use `max` over them, not `sum`. No label names a destination, an organization or a person.',
    'Beside these there are the usual ones of a Node.js process: `process_…` and `nodejs_…`, such as',
    '`nodejs_eventloop_lag_p99_seconds`.',
  ].join('\n')}\n`;
}
