/** The samples in the instructions do what the instructions say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseSettings, type HttpRequest } from '@app/delivery';
import { created, joined, renamed } from '../../delivery/src/testing/events.js';
import { newPair } from './testing/secrets.js';
import { webhook } from './webhook.protocol.js';

const INSTRUCTIONS = readFileSync(join('libs', 'webhooks', 'src', 'instructions.md'), 'utf8');

/** The module that a sample is, by a name that it exports. */
async function sample<T>(name: string): Promise<T> {
  const blocks = [...INSTRUCTIONS.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
  const code = blocks.find((block) => new RegExp(`^export (class|function) ${name}\\b`, 'm').test(block));
  return (await import(`data:text/javascript,${encodeURIComponent(code!)}`)) as T;
}

const pair = newPair(1);

function sent(event = created, previousSequence: number | null = null, at = new Date()): HttpRequest {
  const settings = parseSettings(webhook, { endpoint_url: 'https://app.example.com/', signatures: ['v1a'] });
  const sign = (): Promise<string> => Promise.reject(new Error('not signed so'));
  const destinationId = 'we_1';
  const context = {
    destinationId,
    settings,
    secrets: [pair],
    at,
    attempt: 1,
    previousSequence,
    issuer: '',
    sign,
  };
  return webhook.compose(event, context) as HttpRequest;
}

describe('the sample that verifies with public keys', () => {
  let verify: (rawBody: string | Buffer, headers: Record<string, string>, keys: unknown[]) => unknown;

  beforeAll(async () => {
    ({ verifyWithPublicKeys: verify } = await sample<{ verifyWithPublicKeys: typeof verify }>(
      'verifyWithPublicKeys',
    ));
  });

  it('believes what we send, with any of the published keys', () => {
    const { body, headers } = sent();
    const keys = [newPair(2).publicJwk, pair.publicJwk];
    expect(verify(body, headers, keys)).toEqual(JSON.parse(body));
    expect(verify(Buffer.from(body), headers, keys)).toEqual(JSON.parse(body));
  });

  it('believes nothing else', () => {
    const { body, headers } = sent();
    const keys = [pair.publicJwk];
    expect(() => verify(`${body} `, headers, keys)).toThrow('No signature fits');
    expect(() => verify(body, { ...headers, 'webhook-id': 'event_2' }, keys)).toThrow('No signature fits');
    expect(() => verify(body, headers, [newPair(2).publicJwk])).toThrow('No signature fits');
    const old = sent(created, null, new Date(Date.now() - 600_000));
    expect(() => verify(old.body, old.headers, keys)).toThrow('too old');
    expect(() => verify(body, { ...headers, 'webhook-timestamp': 'soon' }, keys)).toThrow('too old');
  });
});

describe('the sample that proves that nothing was missed', () => {
  interface Sequences {
    take(context: unknown): void;
    awaited: Set<number>;
  }
  let sequences: Sequences;

  beforeAll(async () => {
    const module = await sample<{ Sequences: new () => Sequences }>('Sequences');
    sequences = new module.Sequences();
  });

  const take = (event: typeof created, sequence: number, before: number | null): void => {
    const { body } = sent({ ...event, sequence }, before);
    sequences.take((JSON.parse(body) as { context: unknown }).context);
  };

  it('waits for what was named and has not come, and for nothing else', () => {
    take(created, 3, null);
    take(joined, 9, 7);
    expect([...sequences.awaited]).toEqual([7]);
    take(renamed, 7, 3);
    expect([...sequences.awaited]).toEqual([]);
  });
});

describe('the instructions', () => {
  it('have a row for each signature', () => {
    for (const signature of ['v1', 'workos', 'v1a', 'github', 'stripe'])
      expect(INSTRUCTIONS).toMatch(new RegExp(`^\\| \`${signature}\``, 'm'));
  });
});
