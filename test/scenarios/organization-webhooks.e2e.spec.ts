/** What befalls organizations, their domains and keys reaches the webhooks that name it, as the events API shows it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkOS } from 'workos-node-11';
import { expected, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { asInEventsApi, eventually, Sink } from '../support/index.js';

let installation: Installation;
let hub: TestHub;
let sinks: Sink[] = [];

beforeAll(async () => {
  installation = await startInstallation();
  hub = installation.hub;
}, 60_000);

afterAll(async () => {
  await Promise.all(sinks.map((sink) => sink.close()));
  await installation.close();
}, 60_000);

async function endpoint(events: string[], more: object = {}): Promise<{ sink: Sink; secret: string }> {
  const sink = await Sink.open();
  sinks = [...sinks, sink];
  const body = { endpoint_url: `${sink.url}/hook`, events, ...more };
  const answer = expected(201, await hub.api('POST', '/webhook_endpoints', body));
  return { sink, secret: answer.body['secret'] as string };
}

const typesAt = (sink: Sink): unknown[] =>
  sink.received.map(({ body }) => (JSON.parse(body.toString()) as { event: string }).event);

describe('a webhook', () => {
  it('that names types of organizations hears of them in order, and one that names none only of directories', async () => {
    const { sink, secret } = await endpoint(['organization.*', 'organization_domain.*', 'api_key.*']);
    const { sink: everything } = await endpoint([]);
    const { sink: updates } = await endpoint(['organization.updated']);
    const domain_data = [{ domain: 'hooks.example.com', state: 'verified' }];
    const made = expected(201, await hub.api('POST', '/organizations', { name: 'Acme', domain_data }));
    const { id } = made.body;
    await hub.api('PUT', `/organizations/${id}`, { name: 'Apex' });
    const key = expected(201, await hub.api('POST', `/organizations/${id}/api_keys`, { name: 'CI' })).body;
    await hub.api('DELETE', `/api_keys/${key.id}`);
    const directory = await hub.connect({ organizationId: id });
    await hub.api('DELETE', `/organizations/${id}`);
    await eventually(() =>
      expect(typesAt(sink)).toEqual([
        'organization.created',
        'organization_domain.created',
        'organization_domain.verified',
        'organization.updated',
        'api_key.created',
        'api_key.revoked',
        'organization.deleted',
      ]),
    );
    await eventually(() => expect(typesAt(everything)).toEqual(['dsync.activated', 'dsync.deleted']));
    await eventually(() => expect(typesAt(updates)).toEqual(['organization.updated']));
    const names = [...new Set(typesAt(sink))].join();
    const { body } = expected(200, await hub.api('GET', `/events?organization_id=${id}&events=${names}`));
    const shown = body.data.map((event) => JSON.stringify(event));
    expect(sink.received.map((request) => asInEventsApi(request.body))).toEqual(shown);
    const first = sink.received[0]!;
    const workos = new WorkOS(hub.apiKey);
    const event = await workos.webhooks.constructEvent({
      payload: JSON.parse(first.body.toString()) as Record<string, unknown>,
      sigHeader: first.headers['workos-signature'] as string,
      secret,
    });
    expect(event).toMatchObject({ event: 'organization.created', data: { id, name: 'Acme' } });
    expect(directory.organizationId).toBe(id);
  });

  it('of one organization hears nothing of another', async () => {
    const [mine, other] = [await hub.makeOrganization(), await hub.makeOrganization()];
    const { sink } = await endpoint(['organization.updated'], { organization_id: mine });
    await hub.api('PUT', `/organizations/${other}`, { name: 'Theirs' });
    await hub.api('PUT', `/organizations/${mine}`, { name: 'Mine' });
    await eventually(() => expect(typesAt(sink)).toHaveLength(1));
    expect(sink.received[0]!.body.toString()).toContain(mine);
  });
});
