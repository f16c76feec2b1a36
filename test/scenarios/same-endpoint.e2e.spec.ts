/** One URL is one endpoint, however many ask for it at once and whichever hub they ask. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { expected, type HttpAnswer } from '../support/hub.js';

const AT_ONCE = 32;

let all: TestHubs;
beforeAll(async () => {
  all = await startHubs(2, { ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8' });
}, 60_000);
afterAll(() => all.close());

/** All at once, taking turns between the hubs. */
function together(
  ask: (hub: TestHubs['hubs'][number], n: number) => Promise<HttpAnswer>,
): Promise<HttpAnswer[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, (_, n) => ask(all.hubs[n % 2]!, n)));
}

const count = (answers: HttpAnswer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

async function endpoints(): Promise<{ id: string; url: unknown }[]> {
  const { body } = expected(200, await all.hubs[0]!.api('GET', '/webhook_endpoints?limit=100'));
  return body.data.map((each) => ({ id: each.id, url: each['endpoint_url'] }));
}

describe('32 requests at once over two hubs', () => {
  it('for an endpoint of one URL make one, and the others name it', async () => {
    const wish = { endpoint_url: 'http://127.0.0.1:8999/one', events: [] };
    const answers = await together((hub) => hub.api('POST', '/webhook_endpoints', wish));
    expect([count(answers, 201), count(answers, 409)]).toEqual([1, AT_ONCE - 1]);
    const { id } = answers.find(({ status }) => status === 201)!.body;
    for (const { status, body } of answers)
      if (status === 409)
        expect(body).toMatchObject({ code: 'duplicate_endpoint', message: expect.stringContaining(id) });
    expect((await endpoints()).filter(({ url }) => url === wish.endpoint_url)).toEqual([
      { id, url: wish.endpoint_url },
    ]);
  });

  it('for an endpoint of one URL in different organizations make one in each', async () => {
    const organizations = await Promise.all([1, 2, 3, 4].map(() => all.hubs[0]!.makeOrganization()));
    const url = 'http://127.0.0.1:8999/organizations';
    const answers = await together((hub, n) =>
      hub.api('POST', '/webhook_endpoints', {
        ...{ endpoint_url: url, events: [] },
        organization_id: organizations[n % 4],
      }),
    );
    expect(count(answers, 201)).toBe(4);
    const whose = answers.filter(({ status }) => status === 201).map(({ body }) => body['organization_id']);
    expect(whose.sort()).toEqual(organizations.sort());
  });

  it('that move different endpoints to one URL move one', async () => {
    const made = await together((hub, n) =>
      hub.api('POST', '/webhook_endpoints', { endpoint_url: `http://127.0.0.1:8999/${n}`, events: [] }),
    );
    const url = 'http://127.0.0.1:8999/all-of-them';
    const moved = await together((hub, n) =>
      hub.api('PATCH', `/webhook_endpoints/${made[n]!.body.id}`, { endpoint_url: url }),
    );
    expect([count(moved, 200), count(moved, 409)]).toEqual([1, AT_ONCE - 1]);
    expect((await endpoints()).filter((each) => each.url === url)).toHaveLength(1);
  });

  it('for the last places make as many as there are', async () => {
    const organization = await all.hubs[0]!.makeOrganization();
    const wish = (path: string): object => ({
      ...{ endpoint_url: `http://127.0.0.1:8999/${path}`, events: [] },
      organization_id: organization,
    });
    for (let n = 0; n < 90; n += 1)
      expected(201, await all.hubs[0]!.api('POST', '/webhook_endpoints', wish(`place-${n}`)));
    const answers = await together((hub, n) => hub.api('POST', '/webhook_endpoints', wish(`last-${n}`)));
    expect([count(answers, 201), count(answers, 422)]).toEqual([10, AT_ONCE - 10]);
  });
});
