/** Which observation counts as what. Rooms observe; only this file knows that somebody counts. */
import type { MetricName } from './table.js';

type Fields = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

export interface Counting {
  add(name: MetricName, labels?: Labels, by?: number): void;
  measure(name: MetricName, value: number, labels?: Labels): void;
  /** A gauge goes up and down. */
  shift(name: MetricName, by: number, labels?: Labels): void;
}

type Heard = (count: Counting, fields: Fields) => void;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export const HEARD: Readonly<Record<string, Heard>> = {
  request: (count, { api, method, status, milliseconds }) => {
    const labels = { api: text(api), method: METHODS.has(text(method)) ? text(method) : 'other' };
    count.add('rollcall_http_requests_total', { ...labels, status: statusClass(status) });
    count.measure('rollcall_http_request_duration_seconds', seconds(milliseconds), labels);
  },
  'events appended': (count, { commands, events, durationInMilliseconds }) => {
    count.measure('rollcall_transaction_commands', Number(commands));
    count.measure('rollcall_transaction_duration_seconds', seconds(durationInMilliseconds));
    count.add('rollcall_events_appended_total', {}, Number(events));
  },
  'people looked at': (count, { kind, people, changed }) => {
    count.add('rollcall_people_looked_at_total', { kind: text(kind) }, Number(people));
    count.add('rollcall_people_remapped_total', { kind: text(kind) }, Number(changed));
  },
  'required attribute missing': (count) => {
    count.add('rollcall_required_attribute_refusals_total');
  },
  'attempt started': (count, { protocol }) => {
    count.shift('rollcall_deliveries_in_flight', 1, { protocol: text(protocol) });
  },
  'attempt ended': (count, { protocol }) => {
    count.shift('rollcall_deliveries_in_flight', -1, { protocol: text(protocol) });
  },
  'delivery attempted': (count, fields) => {
    const [protocol, urgency] = [text(fields['protocol']), text(fields['urgency'])];
    const [kind, outcome] = [text(fields['kind']), text(fields['outcome'])];
    const status = statusClass(fields['status']);
    count.add('rollcall_delivery_attempts_total', { protocol, kind, outcome, status });
    const duration = fields['durationInMilliseconds'];
    count.measure('rollcall_delivery_attempt_duration_seconds', seconds(duration), { protocol, outcome });
    const age = fields['ageInMilliseconds'];
    if (typeof age !== 'number' || (kind !== 'delivery' && kind !== 'probe')) return;
    if (fields['attempt'] === 1)
      count.measure('rollcall_delivery_first_attempt_seconds', seconds(age), { protocol, urgency });
    if (outcome === 'delivered')
      count.measure('rollcall_delivery_delivered_seconds', seconds(age + Number(duration)), {
        protocol,
        urgency,
      });
  },
  'revocation acknowledged': (count, fields) => {
    const protocol = text(fields['protocol']);
    const name = 'rollcall_time_to_revoke_seconds';
    count.measure(name, seconds(fields['sinceOccurredInMilliseconds']), { protocol, since: 'occurred' });
    count.measure(name, seconds(fields['sinceRequestedInMilliseconds']), { protocol, since: 'requested' });
  },
  'deliveries settled': (count, { durationInMilliseconds }) => {
    count.measure('rollcall_delivery_settle_duration_seconds', seconds(durationInMilliseconds));
  },
  'slice ended': (count, { urgency, durationInMilliseconds }) => {
    const labels = { urgency: text(urgency) };
    count.add('rollcall_delivery_slices_total', labels);
    count.measure('rollcall_delivery_slice_duration_seconds', seconds(durationInMilliseconds), labels);
  },
  'lease lost': (count) => count.add('rollcall_delivery_leases_lost_total'),
  'log routed': (count, { events }) => count.add('rollcall_routed_events_total', {}, Number(events)),
  'sweep found work without a ticket': (count, { routerBehind, destinations }) => {
    if (routerBehind === true) count.add('rollcall_sweep_finds_total', { what: 'router' });
    count.add('rollcall_sweep_finds_total', { what: 'destination' }, Number(destinations));
  },
};

/** `2xx`; `none` when there was no answer. */
export function statusClass(status: unknown): string {
  return typeof status === 'number' ? `${Math.floor(status / 100)}xx` : 'none';
}

function seconds(milliseconds: unknown): number {
  return Math.max(0, Number(milliseconds)) / 1_000;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}
