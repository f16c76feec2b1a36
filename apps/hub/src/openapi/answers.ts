/** What operations answer: the good answers, and each refusal with its codes and an example of each. Pure. */
import { EVENT } from './bodies/examples.js';
import { OAUTH_CODES, REFUSALS } from './refusals/index.js';
import type { Route } from './routes.js';
import type { Kind } from './security.js';
import { file, ref, type Schema } from './shapes.js';

export const HEADERS = {
  'X-Request-ID': { description: 'The id under which the log has this request.', schema: { type: 'string' } },
  'Retry-After': { description: 'So many seconds to wait.', schema: { type: 'integer', minimum: 1 } },
  'WWW-Authenticate': {
    description: 'How to show who one is: RFC 9110 §11.6.1.',
    schema: { type: 'string' },
  },
  'Idempotent-Replayed': {
    description: 'There when this was done before, and the answer is the one of then.',
    schema: { const: 'true' },
  },
} as const;

const REASONS: Readonly<Record<string, string>> = {
  400: 'The request cannot be understood.',
  401: 'It is not known who asks.',
  403: 'Who asks may not do this.',
  404: 'What was named is not there.',
  405: 'There is no such method here.',
  409: 'It does not go with how things are.',
  413: 'The body is too large.',
  415: 'The body is of another type.',
  422: 'A value is not what it may be.',
  429: 'Too many requests.',
  500: 'Something is wrong on our side.',
  503: 'Not now.',
};

/** What follows from what a route is, whatever it does. */
export interface Nature {
  kind: Kind;
  method: string;
  hasBody: boolean;
  hasQuery: boolean;
  hasIds: boolean;
  /** POST with an API key: may be repeated with an `Idempotency-Key`. */
  isRepeatable: boolean;
}

export function codesOf(nature: Nature, own: readonly string[]): string[] {
  const { kind, hasBody, hasQuery, hasIds, isRepeatable } = nature;
  if (kind === 'oauth') return Object.keys(OAUTH_CODES);
  const codes = new Set(own);
  const add = (...more: string[]): void => more.forEach((code) => codes.add(code));
  if (kind === 'key' || kind === 'feed' || kind === 'ssf') add('unauthorized');
  if (kind === 'ssf') add('invalid_token', 'insufficient_scope', 'invalid_request', 'too_many_requests');
  if (hasIds) add('bad_request');
  if (hasIds && kind !== 'ssf') add('entity_not_found');
  if (hasBody) add('invalid_json', 'body_too_large', 'unsupported_media_type');
  if (hasBody && kind !== 'ssf') add('reserved_name');
  if ((hasBody || hasQuery) && kind !== 'ssf') add('invalid_request_parameters');
  if (isRepeatable)
    add(
      'idempotency_error',
      'idempotency_in_progress',
      'idempotency_outcome_unknown',
      'invalid_request_parameters',
    );
  if (kind !== 'open') add('database_unavailable');
  add('internal_error');
  return [...codes];
}

export function responsesOf(route: Route, nature: Nature, codes: readonly string[]): Record<string, object> {
  const good = Object.entries(route.answers).map(([status, schema]): [string, object] => [
    status,
    {
      description: goodReason(status, schema),
      headers: headersOf(['X-Request-ID', ...(nature.isRepeatable ? ['Idempotent-Replayed'] : [])]),
      ...(schema === null
        ? {}
        : { content: { ...contentOf(schema), ...(route.csv ? contentOf(file('text/csv')) : {}) } }),
    },
  ]);
  return Object.fromEntries([...good, ...refusalsOf(nature.kind, codes)]);
}

export function contentOf(schema: Schema): Record<string, object> {
  const { contentMediaType = 'application/json', ...rest } = schema;
  return { [contentMediaType as string]: { schema: rest } };
}

/** Of every code; named by it. */
export const REFUSAL_EXAMPLES: Readonly<Record<string, object>> = {
  ...Object.fromEntries(Object.keys(REFUSALS).map((code) => [code, exampleOf(code)])),
  ...Object.fromEntries(
    Object.entries(OAUTH_CODES).map(([code, { means }]) => [
      oauthName(code),
      { summary: code, description: means, value: { error: code, error_description: means } },
    ]),
  ),
};

function refusalsOf(kind: Kind, codes: readonly string[]): [string, object][] {
  const known = kind === 'oauth' ? OAUTH_CODES : REFUSALS;
  const byStatus = new Map<string, string[]>();
  for (const named of codes) {
    const [code = '', status] = named.split(':');
    const statuses = status ? [status] : kind === 'oauth' ? known[code]!.status : [known[code]!.status[0]!];
    for (const each of statuses) byStatus.set(String(each), [...(byStatus.get(String(each)) ?? []), code]);
  }
  return [...byStatus].sort().map(([status, named]) => [status, refusal(kind, status, named)]);
}

function refusal(kind: Kind, status: string, codes: readonly string[]): object {
  const examples = codes.map((code): [string, object] => [
    code,
    { $ref: `#/components/examples/${kind === 'oauth' ? oauthName(code) : code}` },
  ]);
  const waits = ['429', '503'].includes(status) || codes.some((code) => WAITED_FOR.includes(code));
  return {
    description: `${REASONS[status] ?? 'Refused.'} ${codes.map((code) => `\`${code}\``).join(', ')}`,
    headers: headersOf([
      'X-Request-ID',
      ...(waits ? ['Retry-After'] : []),
      ...(status === '401' ? ['WWW-Authenticate'] : []),
    ]),
    content: {
      'application/json': {
        schema: ref(kind === 'oauth' ? 'OAuthErrorBody' : 'Error'),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

const WAITED_FOR = ['idempotency_in_progress', 'consumer_leased'];

function goodReason(status: string, schema: Schema | null): string {
  if (status === '202') return 'Begun; it goes on in the background.';
  if (status === '303') return 'The page is elsewhere.';
  if (status === '304') return 'It is as the caller has it.';
  if (status === '201') return 'Made.';
  if (status === '503') return 'Not now.';
  return schema === null ? 'Done; there is no body.' : 'As asked.';
}

function headersOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function exampleOf(code: string): object {
  const { means, remedy } = REFUSALS[code]!;
  const message = `${means} ${remedy}`.replaceAll('`', '');
  const errors = [{ field: 'name', code: 'required', message: 'name must be a string' }];
  const restart = { after: null, oldest: EVENT, snapshot: '/directories/{directory_id}/snapshot' };
  return {
    summary: code,
    description: `${means} ${remedy}`,
    value: {
      message,
      code,
      ...(code === 'invalid_request_parameters' ? { errors } : {}),
      ...(code.startsWith('cursor_') ? { restart } : {}),
    },
  };
}

function oauthName(code: string): string {
  return `oauth_${code}`;
}
