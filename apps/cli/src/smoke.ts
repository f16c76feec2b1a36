/**
 * `smoke [--url URL] [--key sk_…] [--receiver-url URL --receiver-port N]`: the whole way, against any running hub.
 * It provisions a directory, pushes a person, waits for the verified webhook and the revocation call, deactivates the
 * person, and takes everything away again. Ends with 1 and a sentence when anything is missing.
 */
import { parseArgs } from 'node:util';
import { environment, readSettings } from '@app/runtime';
import { Api } from './smoke/api.js';
import { knownKey } from './smoke/known-key.js';
import { Receiver } from './smoke/receiver.js';
import { verifyRevocation, verifyWebhook } from './smoke/verify.js';

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  'receiver-url': { type: 'string' },
  'receiver-port': { type: 'string' },
} as const;

export async function smoke(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const settings = readSettings(environment(), ['publicUrl', 'apiKey', 'dataDir']);
  const remembered = await knownKey(settings.dataDir);
  const key = values.key ?? settings.apiKey ?? remembered?.apiKey;
  if (!key) throw new Error('There is no API key: give one with --key sk_… or ROLLCALL_API_KEY.');
  const api = new Api((values.url ?? remembered?.url ?? settings.publicUrl).replace(/\/$/, ''), key);
  const receiver = await Receiver.open(Number(values['receiver-port'] ?? 0));
  const undo: (() => Promise<unknown>)[] = [() => receiver.close()];
  const started = performance.now();
  try {
    await walk(api, receiver, values['receiver-url'] ?? receiver.url, undo);
    console.log(`\nAll of it works (${((performance.now() - started) / 1_000).toFixed(1)} s).`);
  } finally {
    for (const step of undo.reverse())
      await step().catch((error: unknown) => console.error('Cleaning up failed:', error));
  }
}

async function walk(
  api: Api,
  receiver: Receiver,
  receiverUrl: string,
  undo: (() => Promise<unknown>)[],
): Promise<void> {
  const health = await say('The hub answers', () => api.get('/health'));
  if (health['status'] !== 'ok') throw new Error(`The hub is not well: ${JSON.stringify(health)}`);

  const organization = await say('An organization is made', () =>
    api.post('/organizations', { name: 'Smoke test' }),
  );
  undo.push(() => api.delete(`/organizations/${text(organization, 'id')}`));
  const wish = { organization_id: organization['id'], name: 'Smoke test', type: 'okta scim v2.0' };
  const directory = await say('A directory is made', () => api.post('/directories', wish));
  undo.push(() => api.delete(`/directories/${text(directory, 'id')}`));
  const scim = directory['scim'] as { base_url: string; bearer_token: string };

  const endpoint = await say('A webhook endpoint is made', () =>
    api.post('/webhook_endpoints', {
      endpoint_url: `${receiverUrl}/webhook`,
      events: ['dsync.user.created', 'dsync.user.updated'],
      organization_id: organization['id'],
    }),
  );
  undo.push(() => api.delete(`/webhook_endpoints/${text(endpoint, 'id')}`));
  const destination = await say('A revocation destination is made', () =>
    api.post('/destinations', {
      protocol: 'global-token-revocation',
      organization_id: organization['id'],
      settings: { endpoint_url: `${receiverUrl}/revoke` },
    }),
  );
  undo.push(() => api.delete(`/destinations/${text(destination, 'id')}`));

  const email = `smoke-${Date.now()}@example.com`;
  const person = {
    userName: email,
    name: { givenName: 'Smoke', familyName: 'Test' },
    emails: [{ value: email, primary: true, type: 'work' }],
  };
  const user = await say('A person is pushed through SCIM', () => api.scim(scim, 'POST', '/Users', person));
  const created = await say('The signed webhook of it arrives', () => receiver.next('/webhook'));
  expectEvent(verifyWebhook(created, text(endpoint, 'secret')), 'dsync.user.created', user['id']);
  const { data } = (await say('The events API has the same event', () =>
    api.get(`/events?organization_id=${text(organization, 'id')}&limit=100`),
  )) as { data: { event: string }[] };
  if (!data.some((event) => JSON.stringify(event) === asInEventsApi(created.body)))
    throw new Error('GET /events does not have the event that the webhook carried');

  const leave = { Operations: [{ op: 'replace', value: { active: false } }] };
  await say('The person is deactivated', () => api.scim(scim, 'PATCH', `/Users/${text(user, 'id')}`, leave));
  const revocation = await say('The revocation call arrives', () => receiver.next('/revoke'));
  await verifyRevocation(revocation, {
    jwksUrl: `${api.url}/.well-known/jwks.json`,
    audience: `${receiverUrl}/revoke`,
    email,
  });
  const updated = await say('The signed webhook of it arrives', () => receiver.next('/webhook'));
  expectEvent(verifyWebhook(updated, text(endpoint, 'secret')), 'dsync.user.updated', user['id']);
}

/** The events API has one member less than the webhook: it cannot know which event went to this endpoint before. */
function asInEventsApi(body: string): string {
  const event = JSON.parse(body) as { context: { previous_sequence?: unknown } };
  delete event.context.previous_sequence;
  return JSON.stringify(event);
}

function expectEvent(event: { event: string; data: { id?: unknown } }, type: string, id: unknown): void {
  if (event.event === type && event.data.id === id) return;
  throw new Error(`expected ${type} of ${String(id)}, got ${event.event} of ${String(event.data.id)}`);
}

async function say<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  process.stdout.write(`${what} … `);
  try {
    const result = await work();
    console.log(`${Math.round(performance.now() - start)} ms`);
    return result;
  } catch (error) {
    console.log('no');
    throw error;
  }
}

function text(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value === 'string') return value;
  throw new Error(`the answer has no ${name}: ${JSON.stringify(body)}`);
}
