import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Sink } from '../../../../test/support/index.js';
import { newId } from '../identifiers.js';
import { traceIdOfRequest, tracePlaceOf } from './ids.js';
import { openTracing, type TracingOptions } from './tracing.js';

let sink: Sink;

beforeEach(async () => {
  sink = await Sink.open();
  sink.answers({ status: 200, body: '{}', headers: { 'content-type': 'application/json' } });
});
afterEach(() => sink.close());

interface Sent {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  links?: { traceId: string }[];
  attributes: { key: string }[];
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

function spans(): Sent[] {
  return sink.received.flatMap(({ body }) => {
    const { resourceSpans } = JSON.parse(body.toString()) as {
      resourceSpans: { scopeSpans: { spans: Sent[] }[] }[];
    };
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  });
}

const open = (program: string, more: Partial<TracingOptions> = {}) =>
  openTracing({
    ...{ endpoint: sink.url, headers: 'x-team=infra,authorization=Bearer%20abc', service: 'rollcall' },
    ...{ program, version: '1', ratio: 1, ...more },
  });

const requestId = newId('req', new Date());
const request = {
  requestId,
  api: 'scim',
  method: 'PATCH',
  status: 200,
  path: '/scim/v2/Users/1',
  milliseconds: 8,
};
const appended = {
  requestIds: [requestId],
  commands: 2,
  events: 3,
  startedAt: Date.now(),
  durationInMilliseconds: 4,
};
const attempted = {
  ...{ requestId, protocol: 'webhook', attemptId: 'attempt_1', destinationId: 'we_1', eventId: 'event_1' },
  ...{
    attempt: 1,
    outcome: 'delivered',
    status: 204,
    startedAt: 1_900_000_000_000,
    durationInMilliseconds: 12.5,
  },
  slice: 'slice_1',
};

describe('traces', () => {
  it('lead from the request to the receiver, though two processes tell of them and carry nothing', async () => {
    const hub = await open('hub');
    hub.hear('request', request);
    hub.hear('events appended', appended);
    await hub.close();
    const worker = await open('worker');
    worker.hear('delivery attempted', attempted);
    worker.hear('slice ended', { ...attempted, urgency: 'soon', attempts: 1, delivered: 1, parked: 0 });
    await worker.close();

    const byName = Object.fromEntries(spans().map((span) => [span.name, span]));
    const { traceId, spanId } = tracePlaceOf(requestId);
    expect(byName['scim PATCH']).toMatchObject({ traceId, spanId });
    expect(byName['append']).toMatchObject({ traceId, parentSpanId: spanId });
    expect(byName['attempt webhook']).toMatchObject({
      ...{ traceId, parentSpanId: spanId },
      links: [{ traceId: tracePlaceOf('slice_1').traceId }],
      startTimeUnixNano: '1900000000000000000',
      endTimeUnixNano: '1900000000012500000',
    });
    expect(byName['slice']!.traceId).toBe(tracePlaceOf('slice_1').traceId);
    expect(new Set(Object.values(byName).map((span) => span.spanId)).size).toBe(4);
  });

  it('go where the operator says, with the headers that it wants', async () => {
    const hub = await open('hub');
    hub.hear('request', request);
    await hub.close();
    expect(sink.received[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'x-team': 'infra', authorization: 'Bearer abc' },
    });
  });

  it('are kept or not kept for the same requests by all programs', async () => {
    const ids = Array.from({ length: 200 }, () => newId('req', new Date()));
    const chosen = async (program: string, hear: (id: string) => [string, object]): Promise<Set<string>> => {
      const tracing = await open(program, { ratio: 0.3 });
      for (const id of ids) tracing.hear(...(hear(id) as [string, Record<string, unknown>]));
      await tracing.close();
      const traces = new Set(spans().map((span) => span.traceId));
      sink.received.length = 0;
      return traces;
    };
    const byHub = await chosen('hub', (id) => ['request', { ...request, requestId: id }]);
    const byWorker = await chosen('worker', (id) => ['delivery attempted', { ...attempted, requestId: id }]);
    expect(byWorker).toEqual(byHub);
    expect(byHub.size).toBeGreaterThan(20);
    expect(byHub.size).toBeLessThan(110);
  });

  it('tell nothing of reading our own API, nor of observations that are no work', async () => {
    const hub = await open('hub');
    hub.hear('request', { ...request, api: 'api', method: 'GET' });
    hub.hear('hub listening', { url: 'http://127.0.0.1' });
    await hub.close();
    expect(spans()).toEqual([]);
  });

  it('begin anew for what no request caused', async () => {
    expect(traceIdOfRequest('purge')).toBeUndefined();
    expect(traceIdOfRequest(requestId)).toMatch(/^[0-9a-f]{32}$/);
    const worker = await open('worker');
    worker.hear('delivery attempted', { ...attempted, requestId: 'purge' });
    await worker.close();
    const [span] = spans();
    expect(span!.parentSpanId ?? '').toBe('');
    expect(span!.traceId).not.toBe(tracePlaceOf('purge').traceId);
  });

  it('keep no program from ending when their receiver is away', async () => {
    const away = await Sink.open();
    away.answers(() => new Promise(() => {})); // it never answers
    const hub = await open('hub', { endpoint: away.url });
    hub.hear('request', request);
    const started = performance.now();
    await hub.close();
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(away.received).toHaveLength(1);
    await away.close();
  });
});
