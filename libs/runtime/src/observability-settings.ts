/** The settings of metrics and traces; both are off unless asked for. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface ObservabilityConfig {
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  readonly metricsToken: string | undefined;
  readonly traceEndpoint: string | undefined;
  readonly traceHeaders: string | undefined;
  readonly traceService: string;
  readonly traceRatio: number;
}

export const OBSERVABILITY_SETTINGS: {
  readonly [Field in keyof ObservabilityConfig]: Setting<ObservabilityConfig[Field]>;
} = {
  metricsPort: {
    name: 'ROLLCALL_METRICS_PORT',
    sentence:
      'Every program (hub, worker, `npm start`) answers `GET /metrics` for Prometheus on this port. ' +
      'Without it there is no such port. Programs on one machine need one each. `0` lets the system choose.',
    secret: false,
    read: value.wholeNumber(0, 65_535),
  },
  metricsHost: {
    name: 'ROLLCALL_METRICS_HOST',
    default: '127.0.0.1',
    sentence: 'The address that the metrics port listens on. `0.0.0.0` listens on every interface.',
    secret: false,
    read: value.hostName,
  },
  metricsToken: {
    name: 'ROLLCALL_METRICS_TOKEN',
    sentence:
      'If set, whoever asks for metrics must send `Authorization: Bearer` with it. At least 16 characters.',
    secret: true,
    read: value.bearer,
  },
  traceEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    sentence:
      'Where traces are sent, as OTLP over HTTP (`/v1/traces` is added). Without it there are no traces, and they cost nothing.',
    secret: false,
    read: value.publicAddress,
  },
  traceHeaders: {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    sentence: 'Headers for that address, such as `authorization=Bearer%20…`, separated by commas.',
    secret: true,
    read: value.headerList,
  },
  traceService: {
    name: 'OTEL_SERVICE_NAME',
    default: 'rollcall',
    sentence: 'The name of the service in traces; the program is the attribute `rollcall.program`.',
    secret: false,
    read: value.label,
  },
  traceRatio: {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    default: '1',
    sentence:
      'The share of SCIM requests that is traced, from `0` to `1`. All programs choose the same requests.',
    secret: false,
    read: value.share,
  },
};
