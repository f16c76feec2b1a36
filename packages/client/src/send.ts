/** One call of the hub's API: the request, its repetitions, and what the answer means. */
import { exchange, opened, parsed, refusalOf, type Asked } from './exchange.js';
import { repeated, type RetryOptions } from './retry.js';

export interface ClientOptions {
  /** Where the hub is: `https://rollcall.example.com`. A path in it is kept. */
  baseUrl: string;
  /** An API key, `sk_…`, or a feed token, `feed_…`, which opens what it is for. */
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
  /** Done twice it is as good as once: it needs no idempotency key, which would cost the hub two writes. */
  isRepeatable?: true;
}

/** A call whose answer is read while it comes. */
export interface LongCall {
  query?: object;
  signal?: AbortSignal | undefined;
  /** Beside the usual ones. */
  headers?: Readonly<Record<string, string>>;
  accept: string;
  /** Lines of JSON. A request with a body that can be had only once is sent only once. */
  body?: { lines: () => AsyncIterable<string>; isRepeatable: boolean };
  /** How long nothing may come, if not as long as usual. */
  silenceInSeconds?: number;
  /** Whoever repeats by themselves needs no repetitions here. */
  isTriedOnce?: boolean;
}

/** @returns the answer's bytes as they come. @throws RollcallError | RollcallUnreachable */
export type Open = (
  method: Method,
  path: string,
  call: LongCall,
) => Promise<AsyncGenerator<Uint8Array, void, undefined>>;

/** @returns the parsed body; undefined when there is none. @throws RollcallError | RollcallUnreachable */
export type Send = <Answer>(method: Method, path: string, call?: Call) => Promise<Answer>;

const DEFAULT_TIMEOUT_IN_SECONDS = 30;

/** A path with its ids encoded, each as one segment: path`/directories/${id}`. */
export function path(parts: TemplateStringsArray, ...ids: string[]): string {
  return parts.reduce((whole, part, index) => whole + encodeURIComponent(ids[index - 1] ?? '') + part);
}

export function sender(options: ClientOptions): Send {
  const asking = askedBy(options);
  return async <Answer>(method: Method, where: string, call: Call = {}): Promise<Answer> => {
    const { body, query, signal, waitsInSeconds = 0 } = call;
    const key = keyFor(method, call);
    const asked = asking(method, where, query);
    asked.seconds += waitsInSeconds;
    asked.signal = signal;
    if (body) asked.body = JSON.stringify(body);
    if (body) asked.headers['content-type'] = 'application/json';
    if (key !== undefined) asked.headers['idempotency-key'] = key;
    const once = async (): Promise<unknown> => {
      const { response, text } = await exchange(asked, options.fetch ?? fetch);
      const answer = parsed(text);
      if (response.ok && (answer !== undefined || text === '')) return answer;
      throw refusalOf(response, answer);
    };
    return (await repeated(once, { retry: options.retry, signal })) as Answer;
  };
}

export function opener(options: ClientOptions): Open {
  const asking = askedBy(options);
  return async (method, where, call) => {
    const { query, signal, accept, headers, body, silenceInSeconds, isTriedOnce } = call;
    const asked = asking(method, where, query);
    asked.signal = signal;
    asked.seconds = silenceInSeconds ?? asked.seconds;
    Object.assign(asked.headers, { ...headers, accept });
    if (body) asked.headers['content-type'] = 'application/x-ndjson';
    const once = async (): Promise<AsyncGenerator<Uint8Array, void, undefined>> =>
      (await opened(body ? { ...asked, body: body.lines() } : asked, options.fetch ?? fetch)).parts();
    const isOnce = isTriedOnce ?? (body !== undefined && !body.isRepeatable);
    return repeated(once, { retry: isOnce ? { count: 0 } : options.retry, signal });
  };
}

/** What all requests have in common. */
function askedBy(options: ClientOptions): (method: Method, where: string, query?: object) => Asked {
  const root = rootOf(options.baseUrl);
  if (!options.apiKey) throw new TypeError('apiKey is missing: give the client an API key (sk_…)');
  return (method, where, query = {}) => ({
    method,
    url: root + where + searchOf(query),
    headers: {
      authorization: `Bearer ${options.apiKey}`,
      accept: 'application/json',
      'user-agent': options.userAgent ?? 'rollcall-client',
    },
    seconds: options.timeoutInSeconds ?? DEFAULT_TIMEOUT_IN_SECONDS,
  });
}

function keyFor(method: Method, { idempotencyKey, isRepeatable }: Call): string | undefined {
  return idempotencyKey ?? (method === 'POST' && !isRepeatable ? crypto.randomUUID() : undefined);
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
