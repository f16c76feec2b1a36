/**
 * Spans, made of the same observations as the lines of the log, when what they tell of is over. Loaded only when
 * traces are wanted.
 */
import type { Context, Link, Span, Tracer } from '@opentelemetry/api';
import { traceIdOfRequest, tracePlaceOf, type TracePlace } from './ids.js';

export interface TracingOptions {
  /** The base address of an OTLP receiver over HTTP. */
  endpoint: string;
  /** `name=value,…`, values percent-encoded. */
  headers: string | undefined;
  service: string;
  program: string;
  version: string;
  /** The share of traces that is kept, from 0 to 1. */
  ratio: number;
}

type Fields = Readonly<Record<string, unknown>>;

interface SpanWish {
  name: string;
  kind: 'server' | 'client' | 'internal';
  startedAt: number;
  durationInMilliseconds: number;
  attributes: Record<string, string | number | boolean>;
  /** The span is this one; else it gets ids of its own. */
  at?: TracePlace;
  under?: TracePlace;
  linkedTo?: TracePlace[];
  failed?: boolean;
}

export interface Tracing {
  hear(event: string, fields: Fields): void;
  /** Sends what is still here. */
  close(): Promise<void>;
}

export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const random = new sdk.RandomIdGenerator();
  let chosen: TracePlace | undefined;
  const provider = new sdk.BasicTracerProvider({
    // By the trace id alone, and not by a parent's flag: all programs come to the same decision about a request.
    sampler: new sdk.TraceIdRatioBasedSampler(options.ratio),
    idGenerator: {
      generateTraceId: () => chosen?.traceId ?? random.generateTraceId(),
      generateSpanId: () => chosen?.spanId ?? random.generateSpanId(),
    },
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.version,
      'rollcall.program': options.program,
    }),
    spanProcessors: [
      new sdk.BatchSpanProcessor(
        new OTLPTraceExporter({
          url: `${options.endpoint}/v1/traces`,
          headers: headersOf(options.headers),
        }),
      ),
    ],
  });
  const tracer: Tracer = provider.getTracer('rollcall', options.version);
  const sampled = (place: TracePlace) => ({ ...place, traceFlags: api.TraceFlags.SAMPLED, isRemote: true });
  const tell = (wish: SpanWish): void => {
    const { under, linkedTo = [], at } = wish;
    const context: Context = under
      ? api.trace.setSpanContext(api.ROOT_CONTEXT, sampled(under))
      : api.ROOT_CONTEXT;
    const links: Link[] = linkedTo.map((place) => ({ context: sampled(place) }));
    chosen = at; // asked for at once, while the span is begun
    const span: Span = tracer.startSpan(
      wish.name,
      {
        kind: api.SpanKind[
          wish.kind === 'server' ? 'SERVER' : wish.kind === 'client' ? 'CLIENT' : 'INTERNAL'
        ],
        startTime: wish.startedAt,
        attributes: wish.attributes,
        links,
      },
      context,
    );
    chosen = undefined;
    if (wish.failed) span.setStatus({ code: api.SpanStatusCode.ERROR });
    span.end(wish.startedAt + wish.durationInMilliseconds);
  };
  return {
    hear: (event, fields) => {
      if (Object.hasOwn(SPANS, event)) for (const wish of SPANS[event]!(fields)) tell(wish);
    },
    close: () => atMost(CLOSE_WITHIN_MILLISECONDS, provider.shutdown()),
  };
}

/** A receiver that is away is tried again for much longer; a program that ends must not wait for that. */
const CLOSE_WITHIN_MILLISECONDS = 3_000;

async function atMost(milliseconds: number, ending: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await Promise.race([ending.catch(() => undefined), enough]);
  clearTimeout(timer);
}

/** Of a request of many commands (a bulk, a shared transaction) so many get a span; the rest say nothing new. */
const APPENDS_AT_MOST = 256;

const SPANS: Readonly<Record<string, (fields: Fields) => SpanWish[]>> = {
  request: ({ requestId, api, method, status, path, milliseconds }) => {
    // Reading is not followed by anything; only SCIM is of interest then.
    if (api !== 'scim' && (method === 'GET' || method === 'HEAD')) return [];
    return [
      {
        name: `${String(api)} ${String(method)}`,
        kind: 'server',
        ...lasting(Date.now() - Number(milliseconds), milliseconds),
        at: tracePlaceOf(String(requestId)),
        attributes: {
          'http.request.method': String(method),
          'http.response.status_code': Number(status),
          'url.path': String(path),
          'rollcall.request_id': String(requestId),
        },
        failed: Number(status) >= 500,
      },
    ];
  },
  'events appended': ({ requestIds, commands, events, startedAt, durationInMilliseconds }) =>
    (requestIds as string[]).slice(0, APPENDS_AT_MOST).map((requestId) => ({
      name: 'append',
      kind: 'internal',
      ...lasting(startedAt, durationInMilliseconds),
      ...placeUnder(requestId),
      attributes: { 'rollcall.commands': Number(commands), 'rollcall.events': Number(events) },
    })),
  'delivery attempted': (fields) => [
    {
      name: `attempt ${String(fields['protocol'])}`,
      kind: 'client',
      ...lasting(fields['startedAt'], fields['durationInMilliseconds']),
      ...placeUnder(String(fields['requestId'])),
      linkedTo: typeof fields['slice'] === 'string' ? [tracePlaceOf(fields['slice'])] : [],
      attributes: {
        'rollcall.attempt_id': String(fields['attemptId']),
        'rollcall.destination_id': String(fields['destinationId']),
        'rollcall.event_id': String(fields['eventId']),
        'rollcall.attempt': Number(fields['attempt']),
        'rollcall.outcome': String(fields['outcome']),
        ...(typeof fields['status'] === 'number' ? { 'http.response.status_code': fields['status'] } : {}),
      },
      failed: fields['outcome'] !== 'delivered',
    },
  ],
  'slice ended': (fields) => [
    {
      name: 'slice',
      kind: 'internal',
      ...lasting(fields['startedAt'], fields['durationInMilliseconds']),
      at: tracePlaceOf(String(fields['slice'])),
      attributes: {
        'rollcall.destination_id': String(fields['destinationId']),
        'rollcall.attempts': Number(fields['attempts']),
        'rollcall.delivered': Number(fields['delivered']),
        'rollcall.parked': Number(fields['parked']),
      },
    },
  ],
};

/** In the trace of a request; what no request caused is a trace of its own. */
function placeUnder(requestId: string): { under?: TracePlace } {
  return traceIdOfRequest(requestId) ? { under: tracePlaceOf(requestId) } : {};
}

function lasting(
  startedAt: unknown,
  milliseconds: unknown,
): { startedAt: number; durationInMilliseconds: number } {
  return { startedAt: Number(startedAt), durationInMilliseconds: Number(milliseconds) };
}

function headersOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const value = pair.slice(at + 1).trim();
      return [pair.slice(0, at).trim(), /%[0-9a-f]{2}/i.test(value) ? decodeURIComponent(value) : value];
    }),
  );
}
