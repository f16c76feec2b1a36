/** A request as any framework has it: headers of fetch or of Node, and the body as its bytes came. */
import { WebhookNotVerified } from './error.js';

export type HeadersGiven = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookRequest {
  headers: HeadersGiven;
  /** Raw, before anything has parsed it: a signature is of bytes. */
  body: string | Uint8Array | ArrayBuffer;
}

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** @returns null when it is not there. */
export function headerOf({ headers }: WebhookRequest, name: string): string | null {
  if (headers instanceof Headers) return headers.get(name);
  const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
  if (found === undefined) return null;
  return typeof found === 'string' ? found : found.join(' ');
}

export function bytesOf({ body }: WebhookRequest): Bytes {
  if (typeof body === 'string') return encoder.encode(body);
  return body instanceof ArrayBuffer ? new Uint8Array(body) : new Uint8Array(body);
}

/** A text followed by bytes. */
export function joined(text: string, bytes: Bytes): Bytes {
  const before = encoder.encode(text);
  const whole = new Uint8Array(before.length + bytes.length);
  whole.set(before);
  whole.set(bytes, before.length);
  return whole;
}

export function parsedBody(bytes: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new WebhookNotVerified('not_json', 'The body is signed, but it is no JSON.', cause);
  }
}
