/** One call of the hub's API: the request, its repetitions, and what the answer means. */
import { RollcallError, RollcallUnreachable, type FieldError } from './errors.js';
import { pause } from './pause.js';
import { DEFAULT_RETRY, retryAfterOf, waitBeforeRetry, type RetryOptions } from './retry.js';

export interface ClientOptions {
  /** Where the hub is: `https://rollcall.example.com`. A path in it is kept. */
  baseUrl: string;
  /** An API key, `sk_…`. */
  apiKey: string;
  /** How long one attempt may take; 30 unless told otherwise. What a long poll waits comes on top. */
  timeoutInSeconds?: number;
  retry?: Partial<RetryOptions>;
  /** Instead of the runtime's own. */
  fetch?: typeof fetch;
  /** Named to the hub; `rollcall-client` unless told otherwise. */
  userAgent?: string;
}

/** What any call may be given beside its own arguments. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Of a call that makes something: the same key makes it once, however often it is sent. One is made up without it. */
  idempotencyKey?: string;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type QueryValue = string | number | boolean | Date | readonly string[] | null | undefined;

export interface Call extends CallOptions {
  /** `object`, so that interfaces can be given; its values are what `QueryValue` says. */
  query?: object;
  body?: object;
  /** How much longer than other calls it may take. */
  waitsInSeconds?: number;
}

/** @returns the parsed body; undefined when there is none. @throws RollcallError | RollcallUnreachable */
export type Send = <Answer>(method: Method, path: string, call?: Call) => Promise<Answer>;

const DEFAULT_TIMEOUT_IN_SECONDS = 30;

/** A path with its ids encoded, each as one segment: path`/directories/${id}`. */
export function path(parts: TemplateStringsArray, ...ids: string[]): string {
  return parts.reduce((whole, part, index) => whole + encodeURIComponent(ids[index - 1] ?? '') + part);
}

export function sender(options: ClientOptions): Send {
  const root = rootOf(options.baseUrl);
  if (!options.apiKey) throw new TypeError('apiKey is missing: give the client an API key (sk_…)');
  const retry = { ...DEFAULT_RETRY, ...options.retry };
  return async <Answer>(method: Method, where: string, call: Call = {}): Promise<Answer> => {
    const request = {
      method,
      url: root + where + searchOf(call.query ?? {}),
      call,
      key: keyFor(method, call),
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await once(options, request)) as Answer;
      } catch (error) {
        if (call.signal?.aborted) throw error;
        const wait = waitBeforeRetry(error, { attempt, dice: Math.random(), retry });
        if (wait === undefined) throw error;
        await pause(wait, call.signal);
        call.signal?.throwIfAborted();
      }
    }
  };
}

interface Request {
  method: Method;
  url: string;
  call: Call;
  key: string | undefined;
}

async function once(options: ClientOptions, { method, url, call, key }: Request): Promise<unknown> {
  const seconds = (options.timeoutInSeconds ?? DEFAULT_TIMEOUT_IN_SECONDS) + (call.waitsInSeconds ?? 0);
  const late = AbortSignal.timeout(seconds * 1_000);
  const headers = {
    authorization: `Bearer ${options.apiKey}`,
    accept: 'application/json',
    'user-agent': options.userAgent ?? 'rollcall-client',
    ...(call.body ? { 'content-type': 'application/json' } : {}),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
  let response: Response;
  let text: string;
  try {
    response = await (options.fetch ?? fetch)(url, {
      method,
      headers,
      // To another place the key must not go along.
      redirect: 'manual',
      signal: call.signal ? AbortSignal.any([call.signal, late]) : late,
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
    });
    text = await response.text();
  } catch (cause) {
    if (call.signal?.aborted) throw call.signal.reason;
    const why = late.aborted ? `did not answer within ${seconds} seconds` : 'cannot be reached';
    throw new RollcallUnreachable(`The hub ${why}: ${method} ${url.split('?')[0]}`, cause);
  }
  return answerOf(response, text);
}

function answerOf(response: Response, text: string): unknown {
  const body = parsed(text);
  if (response.ok && (body !== undefined || text === '')) return body;
  throw refusalOf(response, body);
}

function refusalOf(response: Response, body: unknown): RollcallError {
  const { status, headers } = response;
  const said = (typeof body === 'object' ? body : null) as {
    message?: string;
    code?: string;
    errors?: FieldError[];
  } | null;
  const unsaid = response.ok
    ? { code: 'not_json', message: 'The answer is no JSON: is this the address of a hub?' }
    : { code: `http_${status}`, message: `The hub answered with the status ${status}.` };
  const retryAfterInSeconds = retryAfterOf(headers.get('retry-after'), Date.now());
  return new RollcallError({
    status,
    code: said?.code ?? unsaid.code,
    message: said?.message ?? unsaid.message,
    requestId: headers.get('x-request-id'),
    ...(Array.isArray(said?.errors) ? { errors: said.errors } : {}),
    ...(retryAfterInSeconds === undefined ? {} : { retryAfterInSeconds }),
    body,
  });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keyFor(method: Method, { idempotencyKey }: CallOptions): string | undefined {
  return idempotencyKey ?? (method === 'POST' ? crypto.randomUUID() : undefined);
}

function rootOf(baseUrl: string): string {
  if (!/^https?:\/\//.test(baseUrl))
    throw new TypeError(`baseUrl must begin with https://, not '${baseUrl}'`);
  const { origin, pathname } = new URL(baseUrl);
  return origin + pathname.replace(/\/+$/, '');
}

function searchOf(query: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, QueryValue][]) {
    if (value === undefined || value === null || value === '') continue;
    if (value instanceof Date) search.set(name, value.toISOString());
    else if (typeof value === 'object') {
      if (value.length > 0) search.set(name, value.join(','));
    } else search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
