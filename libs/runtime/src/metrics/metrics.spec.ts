import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Observations } from '../observations.js';
import { HEARD } from './heard.js';
import { Metrics, type Reading } from './metrics.js';
import { METRICS, metricsReference, type MetricDefinition } from './table.js';

const observing = (): { metrics: Metrics; observations: Observations } => {
  const metrics = new Metrics();
  const observations = new Observations({ level: 'error', write: () => {} });
  observations.heardBy(metrics.hear);
  return { metrics, observations };
};

/** The values of a metric, by their labels as they are written. */
async function valuesOf(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, found, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return found === name ? [[labels.replaceAll('"', ''), Number(value)]] : [];
    }),
  );
}

describe('the table of metrics', () => {
  it('is the reference page; `npm run docs` writes it', () => {
    expect(readFileSync('docs/reference/metrics.md', 'utf8')).toBe(metricsReference());
  });

  it.each(Object.entries<MetricDefinition>(METRICS))(
    'names %s as Prometheus wants it',
    (name, definition) => {
      expect(name).toMatch(/^rollcall_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(definition.type === 'counter');
      if (definition.type === 'histogram') expect(definition.buckets?.length).toBeGreaterThan(3);
      if (/duration|_until|age/.test(name)) expect(name).toMatch(/_seconds$/);
      // A label for each destination would be a series for each.
      expect(definition.labels.filter((label) => /id$|destination|organization|subject/.test(label))).toEqual(
        [],
      );
      expect(definition.help.length).toBeGreaterThan(20);
    },
  );

  it('has every metric that the alerts and queries of the docs ask for', () => {
    const page = readFileSync('docs/delivery/observability.md', 'utf8');
    const asked = [...page.matchAll(/\brollcall_[a-z_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((name) => !(name in METRICS))).toEqual([]);
  });

  it('is all there is to count with', () => {
    const source = readFileSync('libs/runtime/src/metrics/heard.ts', 'utf8');
    const named = [...source.matchAll(/'(rollcall_\w+)'/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name! in METRICS))).toEqual([]);
  });
});

describe('an attempt', () => {
  const attempted = {
    ...{
      protocol: 'webhook',
      urgency: 'soon',
      kind: 'delivery',
      attempt: 1,
      outcome: 'delivered',
      status: 204,
    },
    ...{ durationInMilliseconds: 40, ageInMilliseconds: 160 },
  };

  it('is counted whatever the level of the log, and how late it was is measured', async () => {
    const { metrics, observations } = observing();
    observations.info('delivery attempted', attempted);
    observations.debug('delivery attempted', { ...attempted, attempt: 2, outcome: 'refused', status: 503 });
    observations.debug('delivery attempted', { ...attempted, outcome: 'unreachable', status: undefined });
    const labels = 'protocol=webhook,kind=delivery,outcome=';
    expect(await valuesOf(metrics, 'rollcall_delivery_attempts_total')).toEqual({
      [`${labels}delivered,status=2xx`]: 1,
      [`${labels}refused,status=5xx`]: 1,
      [`${labels}unreachable,status=none`]: 1,
    });
    const of = 'protocol=webhook,urgency=soon';
    expect(await valuesOf(metrics, 'rollcall_delivery_first_attempt_seconds_count')).toEqual({ [of]: 2 });
    expect(await valuesOf(metrics, 'rollcall_delivery_first_attempt_seconds_sum')).toEqual({ [of]: 0.32 });
    expect(await valuesOf(metrics, 'rollcall_delivery_delivered_seconds_sum')).toEqual({ [of]: 0.2 });
  });

  it('of a replay or a test says nothing of how late an event is', async () => {
    const { metrics, observations } = observing();
    for (const kind of ['replay', 'test']) observations.info('delivery attempted', { ...attempted, kind });
    expect(await valuesOf(metrics, 'rollcall_delivery_first_attempt_seconds_count')).toEqual({});
  });

  it('is in flight until it has ended', async () => {
    const { metrics, observations } = observing();
    const name = 'rollcall_deliveries_in_flight';
    for (let times = 0; times < 3; times++) observations.debug('attempt started', { protocol: 'webhook' });
    observations.debug('attempt ended', { protocol: 'webhook' });
    expect(await valuesOf(metrics, name)).toEqual({ 'protocol=webhook': 2 });
  });
});

describe('a revocation that an application has confirmed', () => {
  it('is measured from when it happened, and from when it was asked for', async () => {
    const { metrics, observations } = observing();
    observations.debug('revocation acknowledged', {
      ...{ protocol: 'global-token-revocation', destinationId: 'destination_1', position: 7 },
      ...{ sinceOccurredInMilliseconds: 1_500, sinceRequestedInMilliseconds: 1_200 },
    });
    const of = 'protocol=global-token-revocation,since=';
    expect(await valuesOf(metrics, 'rollcall_time_to_revoke_seconds_sum')).toEqual({
      [`${of}occurred`]: 1.5,
      [`${of}requested`]: 1.2,
    });
    const buckets = await valuesOf(metrics, 'rollcall_time_to_revoke_seconds_bucket');
    expect(buckets).toMatchObject({ [`le=1,${of}occurred`]: 0, [`le=2.5,${of}occurred`]: 1 });
  });
});

describe('a request', () => {
  it('is counted by API, method and class of status; made-up methods are one', async () => {
    const { metrics, observations } = observing();
    observations.info('request', { api: 'scim', method: 'PATCH', status: 200, milliseconds: 12 });
    observations.info('request', { api: 'scim', method: 'PATCH', status: 409, milliseconds: 12 });
    for (const method of ['PROPFIND', 'MKCOL'])
      observations.info('request', { api: 'api', method, status: 404, milliseconds: 1 });
    expect(await valuesOf(metrics, 'rollcall_http_requests_total')).toEqual({
      'api=scim,method=PATCH,status=2xx': 1,
      'api=scim,method=PATCH,status=4xx': 1,
      'api=api,method=other,status=4xx': 2,
    });
  });
});

describe('everything that is counted', () => {
  it('can be counted from the barest observation without harm', () => {
    const { metrics } = observing();
    for (const event of Object.keys(HEARD)) {
      const full = {
        ...{ events: 1, commands: 1, destinations: 1, durationInMilliseconds: 1, milliseconds: 1 },
        ...{ sinceOccurredInMilliseconds: 1, sinceRequestedInMilliseconds: 1 },
      };
      expect(() => metrics.hear(event, full)).not.toThrow();
    }
    expect(() => metrics.hear('constructor', {})).not.toThrow();
  });

  it('is the process’s own, too: memory and the event loop', async () => {
    const text = await new Metrics().text();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds');
  });
});

describe('a source', () => {
  const name = 'rollcall_queue_depth';
  const reading = (queue: string, value: number): Reading => ({ name, labels: { queue }, value });

  it('is asked when somebody asks, not more often than it wants, and by nobody twice at once', async () => {
    const metrics = new Metrics();
    let asked = 0;
    metrics.addSource({ names: [name], keptForMilliseconds: 60_000, read: () => [reading('wake', ++asked)] });
    await Promise.all([metrics.text(), metrics.text()]);
    expect(await valuesOf(metrics, name)).toEqual({ 'queue=wake': 1 });
    expect(asked).toBe(1);
  });

  it('that names something no more makes it go away', async () => {
    const metrics = new Metrics();
    const answers = [[reading('wake', 1), reading('now', 2)], [reading('now', 3)]];
    metrics.addSource({ names: [name], read: () => answers.shift() ?? [] });
    expect(await valuesOf(metrics, name)).toEqual({ 'queue=wake': 1, 'queue=now': 2 });
    expect(await valuesOf(metrics, name)).toEqual({ 'queue=now': 3 });
  });

  it('that fails leaves its values out, and everything else in', async () => {
    const metrics = new Metrics();
    let away = false;
    metrics.addSource({
      names: [name],
      read: () => (away ? Promise.reject(new Error('away')) : [reading('wake', 1)]),
    });
    expect(await valuesOf(metrics, name)).toEqual({ 'queue=wake': 1 });
    away = true;
    expect(await valuesOf(metrics, name)).toEqual({});
    expect(Object.values(await valuesOf(metrics, 'rollcall_metrics_unread_total'))).toEqual([2]);
  });
});
