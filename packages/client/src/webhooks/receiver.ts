/** The route that webhooks arrive at, whatever serves it: the body as its bytes came, and the status that the hub understands. */
import { WebhookNotVerified } from './error.js';
import type { HeadersGiven, WebhookRequest } from './request.js';

/** A request of Node's `http`, also as Express hands it on. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  headers: HeadersGiven;
  /** What `express.raw()` has read; a body that was parsed is of no use. */
  body?: unknown;
}

/** A response of Node's `http`. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body?: string): unknown;
}

export interface ReceiverAnswer {
  status: 204 | 401 | 413 | 500;
  body?: { message: string };
}

export interface WebhookReceiver {
  /** For frameworks that hand over raw bodies, such as Fastify with a content type parser `parseAs: 'buffer'`. Never fails. */
  answer(request: WebhookRequest): Promise<ReceiverAnswer>;
  /** For Node's `http`, and for Express in front of `express.json()` or behind `express.raw()`. */
  node(request: NodeRequest, response: NodeResponse): Promise<void>;
  /** For what speaks `Request` and `Response`: Next.js, Hono, Deno, workers. */
  fetch(request: Request): Promise<Response>;
}

/** Larger than any batch that a hub sends. */
const BODY_AT_MOST_IN_BYTES = 8_388_608;

class TooLarge extends Error {}

/**
 * @param handle verifies and does what is to be done: `(request) => consumer.receive(request)`, or something with
 * `verifier.events(request)`. 204 when it returns, 401 when the request is not the hub's, 500 for all else, so that it comes again.
 * @param failed is told why it was 500.
 */
export function webhookReceiver(
  handle: (request: WebhookRequest) => Promise<unknown>,
  failed: (error: unknown) => void = () => undefined,
): WebhookReceiver {
  const answered = async (read: () => Promise<WebhookRequest>): Promise<ReceiverAnswer> => {
    try {
      await handle(await read());
      return { status: 204 };
    } catch (error) {
      if (error instanceof WebhookNotVerified) return { status: 401, body: { message: error.message } };
      if (error instanceof TooLarge) return { status: 413, body: { message: 'The body is too large.' } };
      failed(error);
      // What went wrong is nobody's business but ours.
      return { status: 500, body: { message: 'Something went wrong. Send it again.' } };
    }
  };
  return {
    answer: (request) => answered(async () => request),
    node: async (request, response) => {
      const { status, body } = await answered(async () => ({
        headers: request.headers,
        body: await rawBodyOf(request),
      }));
      response.writeHead(status, body ? { 'content-type': 'application/json' } : {});
      response.end(body && JSON.stringify(body));
    },
    fetch: async (request) => {
      const { status, body } = await answered(async () => ({
        headers: request.headers,
        body: await joined((request.body ?? []) as AsyncIterable<Uint8Array>),
      }));
      return body ? Response.json(body, { status }) : new Response(null, { status });
    },
  };
}

async function rawBodyOf(request: NodeRequest): Promise<Uint8Array | string> {
  const { body } = request;
  if (body === undefined) return joined(request);
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError(
    'The body was parsed before it came here, and a signature is of bytes: put this route in front of express.json(), or behind express.raw().',
  );
}

async function joined(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const part of parts) {
    length += part.length;
    if (length > BODY_AT_MOST_IN_BYTES) throw new TooLarge();
    all.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of all) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
