import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { AnyEvent } from '../events.js';
import { webhookReceiver, type NodeRequest } from './receiver.js';
import { WebhookVerifier } from './verifier.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"object":"event","id":"event_1","event":"dsync.user.created","data":{"name":"Ada “é”"}}';

function signedHeaders(body = BODY): Record<string, string> {
  const at = new Date();
  return {
    'content-type': 'application/json',
    'webhook-id': 'event_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(SECRET).sign('event_1', at, body),
  };
}

const verifier = new WebhookVerifier({ secrets: SECRET });
let told: AnyEvent[] = [];
let failures: unknown[] = [];
let wrong: Error | undefined;
const receiver = webhookReceiver(
  async (request) => {
    const events = await verifier.events(request);
    if (wrong) throw wrong;
    told.push(...events);
  },
  (error) => failures.push(error),
);

let server: Server | undefined;
afterEach(async () => {
  [told, failures, wrong] = [[], [], undefined];
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
});

/** @param before what a framework does to the request before the route sees it. */
async function nodeUrl(before: (request: NodeRequest) => Promise<void> = async () => {}): Promise<string> {
  server = createServer((request, response) => {
    void before(request).then(() => receiver.node(request, response));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function post(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, { method: 'POST', ...init });
  await response.text();
  return response.status;
}

async function bytesOf(request: NodeRequest): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

describe('a route for webhooks', () => {
  it('reads the raw body of a request of Node, and answers 204', async () => {
    expect(await post(await nodeUrl(), { headers: signedHeaders(), body: BODY })).toBe(204);
    expect(told).toEqual([JSON.parse(BODY)]);
  });

  it('takes the bytes that express.raw() has read, and says so when the body was parsed instead', async () => {
    const raw = await nodeUrl(async (request) => void (request.body = await bytesOf(request)));
    expect(await post(raw, { headers: signedHeaders(), body: BODY })).toBe(204);
    server!.close();
    const parsed = await nodeUrl(
      async (request) => void (request.body = JSON.parse((await bytesOf(request)).toString())),
    );
    expect(await post(parsed, { headers: signedHeaders(), body: BODY })).toBe(500);
    expect(String(failures[0])).toContain('in front of express.json(), or behind express.raw()');
  });

  it('takes a Request and gives a Response', async () => {
    const request = new Request('https://app.example.com/', {
      method: 'POST',
      headers: signedHeaders(),
      body: BODY,
    });
    expect((await receiver.fetch(request)).status).toBe(204);
    const empty = await receiver.fetch(new Request('https://app.example.com/', { method: 'POST' }));
    expect({ status: empty.status, body: await empty.json() }).toEqual({
      status: 401,
      body: { message: expect.stringContaining('neither webhook-signature') },
    });
  });

  it('takes headers and a raw body from any framework', async () => {
    expect(await receiver.answer({ headers: signedHeaders(), body: Buffer.from(BODY) })).toEqual({
      status: 204,
    });
  });

  it('turns away what is not signed, and does nothing of what it says', async () => {
    const url = await nodeUrl();
    expect(await post(url, { headers: signedHeaders(), body: BODY.replace('Ada', 'Eve') })).toBe(401);
    expect(told).toEqual([]);
  });

  it('asks for it again when the application fails, and tells the application why, and nobody else', async () => {
    wrong = new Error('password of the database is …');
    const answer = await receiver.answer({ headers: signedHeaders(), body: BODY });
    expect(answer).toEqual({ status: 500, body: { message: 'Something went wrong. Send it again.' } });
    expect(failures).toEqual([wrong]);
  });

  it('reads no more than any hub sends', async () => {
    const large = new Uint8Array(8_388_609);
    const request = (body: Uint8Array<ArrayBuffer>): Request =>
      new Request('https://app.example.com/', { method: 'POST', headers: signedHeaders(), body });
    expect((await receiver.fetch(request(large))).status).toBe(413);
    expect((await receiver.fetch(request(large.subarray(1)))).status).toBe(401);
  });
});
