/** Links into the portal, the page that they open, and the IT contacts they are for. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkOS as WorkOS8 } from '@workos-inc/node';
import { WorkOS as WorkOS11 } from 'workos-node-11';
import { eventually } from '../support/eventually.js';
import { expected, TestHub, type HttpAnswer } from '../support/hub.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

function options() {
  const { hostname, port } = new URL(hub.url);
  return { apiHostname: hostname, port: Number(port), https: false };
}

interface Page {
  status: number;
  headers: Headers;
  text: string;
}

/** As a browser does, but that it follows nothing by itself. */
async function visit(url: string, cookie?: string, method = 'GET'): Promise<Page> {
  const headers = cookie === undefined ? {} : { cookie };
  const answer = await fetch(url, { method, headers, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function linkFor(organization: string, more: object = {}): Promise<string> {
  const { body } = expected(201, await hub.api('POST', '/portal/generate_link', { organization, ...more }));
  return body['link'] as string;
}

async function start(link: string): Promise<{ url: string; cookie: string; setCookie: string }> {
  const { status, headers, text } = await visit(link);
  expect({ status, text }).toEqual({ status: 303, text: '' });
  const setCookie = headers.get('set-cookie')!;
  return { url: headers.get('location')!, cookie: setCookie.split(';')[0]!, setCookie };
}

async function opened(link: string): Promise<Page> {
  const { url, cookie } = await start(link);
  return visit(url, cookie);
}

describe.each([
  ['8.13', () => new WorkOS8(hub.apiKey, options()).portal as unknown as WorkOS11['adminPortal']],
  ['11.0', () => new WorkOS11(hub.apiKey, options()).adminPortal],
])("WorkOS's SDK %s", (_version, client) => {
  it('makes a link that opens the page of the organization', async () => {
    const organization = await hub.makeOrganization('Analytical Engines');
    const { link } = await client().generateLink({
      organization,
      intent: 'dsync' as never,
      returnUrl: 'https://app.example.com/settings?tab=1',
      successUrl: 'https://app.example.com/done',
      adminEmails: ['it@example.com'],
      intentOptions: { sso: { bookmarkSlug: 'x', providerType: 'GoogleSAML' as never } },
    });
    expect(link).toMatch(new RegExp(`^${hub.url}/portal\\?token=portal_[\\w-]{43}$`));
    const page = await opened(link);
    expect(page.status).toBe(200);
    expect(page.text).toContain('Analytical Engines');
    expect(page.text).toContain('href="https://app.example.com/settings?tab=1"');
    expect(page.text).toContain('href="https://app.example.com/done"');
  });

  it('hears which intents there are none of', async () => {
    const organization = await hub.makeOrganization();
    const sso = client().generateLink({ organization, intent: 'sso' as never });
    await expect(sso).rejects.toMatchObject({ status: 422 });
    const nobody = client().generateLink({ organization: 'org_x', intent: 'dsync' as never });
    await expect(nobody).rejects.toMatchObject({ status: 404, code: 'entity_not_found' });
  });
});

describe('a link', () => {
  it('starts one session, and nothing more', async () => {
    const link = await linkFor(await hub.makeOrganization());
    const { cookie, url } = await start(link);
    const again = await visit(link);
    expect(again.status).toBe(403);
    expect(again.headers.get('set-cookie')).toBeNull();
    expect(again.text).toContain('not valid any more');
    expect((await visit(url, cookie)).status).toBe(200);
    expect((await visit(url)).status).toBe(403);
    expect((await visit(url, 'rollcall_portal=portal_session_made_up')).status).toBe(403);
    const token = new URL(link).searchParams.get('token')!;
    expect((await visit(url, `rollcall_portal=${token}`)).status).toBe(403);
  });

  it('starts one session however many open it at once', async () => {
    const link = await linkFor(await hub.makeOrganization());
    const pages = await Promise.all(Array.from({ length: 8 }, () => visit(link)));
    expect(pages.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(7).fill(403)]);
  });

  it('is not used up by who asks for its head', async () => {
    const link = await linkFor(await hub.makeOrganization());
    expect((await visit(link, undefined, 'HEAD')).status).toBe(403);
    expect((await opened(link)).status).toBe(200);
  });

  it('ends with its organization, and its session too', async () => {
    const organization = await hub.makeOrganization();
    const [unused, link] = [await linkFor(organization), await linkFor(organization)];
    const { cookie, url } = await start(link);
    await hub.api('DELETE', `/organizations/${organization}`);
    expect((await visit(unused)).status).toBe(403);
    expect((await visit(url, cookie)).status).toBe(403);
  });

  it('leaves a cookie that no script reads and no other site sends, and no token in the address', async () => {
    const { url, setCookie } = await start(await linkFor(await hub.makeOrganization()));
    expect(url).toBe(`${hub.url}/portal`);
    expect(setCookie).toMatch(
      /^rollcall_portal=portal_session_[\w-]{43}; Path=\/portal; Max-Age=3600; HttpOnly; SameSite=Lax$/,
    );
  });

  it('is in no log of the hub', async () => {
    const link = await linkFor(await hub.makeOrganization());
    await opened(link);
    const token = new URL(link).searchParams.get('token')!;
    await eventually(() =>
      expect(hub.observations().filter(({ path }) => path === '/portal').length).toBeGreaterThan(1),
    );
    expect(JSON.stringify(hub.observations())).not.toContain(token);
  });

  it.each<[string, object, number, string, string | null]>([
    ['for nobody', { organization: 'org_x' }, 404, 'entity_not_found', null],
    ['without an organization', {}, 422, 'invalid_request_parameters', 'organization'],
    ['for single sign-on', { organization: 'o', intent: 'sso' }, 422, 'invalid_request_parameters', 'intent'],
    [
      'for an unknown intent',
      { organization: 'o', intent: 'x' },
      422,
      'invalid_request_parameters',
      'intent',
    ],
    [
      'that returns to a script',
      { organization: 'o', return_url: 'javascript:alert(1)' },
      422,
      'invalid_request_parameters',
      'return_url',
    ],
    [
      'that ends in a text',
      { organization: 'o', success_url: 'soon' },
      422,
      'invalid_request_parameters',
      'success_url',
    ],
    [
      'for 21 people',
      { organization: 'o', admin_emails: Array.from({ length: 21 }, (_, n) => `p${n}@example.com`) },
      422,
      'invalid_request_parameters',
      'admin_emails',
    ],
    [
      'for somebody who has no address',
      { organization: 'o', it_contact_emails: ['nobody'] },
      422,
      'invalid_request_parameters',
      'it_contact_emails',
    ],
    [
      'with a field that there is none of',
      { organization: 'o', expires_in: 5 },
      422,
      'invalid_request_parameters',
      'expires_in',
    ],
  ])('%s is refused', async (_what, body, status, code, field) => {
    const answer = await hub.api('POST', '/portal/generate_link', body);
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    if (field !== null) expect(answer.body['errors']).toMatchObject([{ field }]);
  });
});

describe('the page', () => {
  it('shows the directories of that organization, what to enter where, and how the last request went', async () => {
    const organization = await hub.makeOrganization();
    const directory = await hub.connect({
      organizationId: organization,
      name: 'Acme Okta',
      type: 'okta scim v2.0',
    });
    const other = await hub.connect({ name: 'Somebody else’s' });
    const link = await linkFor(organization);
    const { url, cookie } = await start(link);
    const before = await visit(url, cookie);
    expect(before.text).toContain(`<code>${hub.url}/scim/v2/${directory.id}</code>`);
    expect(before.text).toContain('Applications → your application → Provisioning → Integration');
    expect(before.text).toContain('None is known');
    expect(before.text).not.toContain(other.id);
    expect(before.text).not.toContain(directory.token);
    await directory.scim('POST', '/Users', { schemas: [] });
    await eventually(async () =>
      expect((await visit(url, cookie)).text).toMatch(/POST: it was refused \(400\)/),
    );
  });

  it('shows a domain that is to be verified the record that it wants, and none that is', async () => {
    const domains = [{ domain: 'page.example.com' }, { domain: 'done.example.com', state: 'verified' }];
    const made = await hub.api('POST', '/organizations', { name: 'Acme', domain_data: domains });
    const [first] = made.body['domains'] as unknown as { verification_token: string }[];
    const { text } = await opened(await linkFor(made.body.id, { intent: 'domain_verification' }));
    expect(text).toContain('<code>_rollcall-verify.page.example.com</code>');
    expect(text).toContain(`<code>${first!.verification_token}</code>`);
    expect(text).toContain('done.example.com');
    expect(text).not.toContain('_rollcall-verify.done.example.com');
    expect(text).not.toContain('SCIM base URL');
  });

  it('holds nothing that runs, whatever people call things', async () => {
    const evil = `<script>alert(1)</script>"'&`;
    const organization = await hub.makeOrganization(evil);
    await hub.connect({ organizationId: organization, name: `<img src=x onerror=alert(1)>` });
    const link = await linkFor(organization, { return_url: `https://app.example.com/"><script>x</script>` });
    const { text, headers } = await opened(link);
    expect(text).not.toMatch(/<script|<img|javascript:/i);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });
});

describe('IT contacts', () => {
  it('are made, listed, invited and deleted by SDK 11', async () => {
    const { organizations } = new WorkOS11(hub.apiKey, options());
    const organizationId = await hub.makeOrganization();
    const made = await organizations.createItContact({ organizationId, email: 'it@example.com' });
    expect(made).toEqual({
      object: 'it_contact',
      id: expect.stringMatching(/^it_contact_[0-9A-Z]{26}$/),
      email: 'it@example.com',
      createdAt: expect.stringMatching(ISO),
      updatedAt: expect.stringMatching(ISO),
    });
    const contactId = made.id;
    expect(await organizations.listItContacts({ organizationId })).toEqual({
      object: 'list',
      data: [made],
      listMetadata: { before: null, after: null },
    });
    await organizations.inviteItContact({ organizationId, contactId, intents: ['dsync', 'sso'] as never });
    await organizations.revokeItContact({ organizationId, contactId });
    await organizations.deleteItContact({ organizationId, contactId });
    expect((await organizations.listItContacts({ organizationId })).data).toEqual([]);
    const gone = organizations.deleteItContact({ organizationId, contactId });
    await expect(gone).rejects.toMatchObject({ status: 404, code: 'entity_not_found' });
  });

  it('come in pages', async () => {
    const path = `/organizations/${await hub.makeOrganization()}/it_contacts`;
    for (const name of ['a', 'b', 'c'])
      expected(201, await hub.api('POST', path, { email: `${name}@example.com` }));
    const { body } = await hub.api('GET', `${path}?limit=2&order=asc`);
    expect(body.data.map((each) => each['email'])).toEqual(['a@example.com', 'b@example.com']);
    expect(body.list_metadata).toEqual({ before: null, after: body.data[1]!.id });
  });

  it('are refused where they are wrong', async () => {
    const organization = await hub.makeOrganization();
    const path = `/organizations/${organization}/it_contacts`;
    const { id } = expected(201, await hub.api('POST', path, { email: 'it@example.com' })).body;
    const refusals: [HttpAnswer, number, string][] = [
      [await hub.api('POST', path, { email: 'IT@Example.com' }), 409, 'it_contact_already_exists'],
      [await hub.api('POST', path, { email: 'nobody' }), 422, 'invalid_request_parameters'],
      [await hub.api('POST', path, {}), 422, 'invalid_request_parameters'],
      [await hub.api('POST', path, { email: 'a@example.com', name: 'A' }), 422, 'invalid_request_parameters'],
      [
        await hub.api('POST', '/organizations/org_x/it_contacts', { email: 'a@example.com' }),
        404,
        'entity_not_found',
      ],
      [await hub.api('GET', '/organizations/org_x/it_contacts'), 404, 'entity_not_found'],
      [await hub.api('POST', `${path}/${id}/invite`, { intents: ['x'] }), 422, 'invalid_request_parameters'],
      [await hub.api('POST', `${path}/it_contact_x/invite`, { intents: ['dsync'] }), 404, 'entity_not_found'],
      [await hub.api('POST', `${path}/${id}/revoke`, { now: true }), 422, 'invalid_request_parameters'],
      [await hub.api('POST', `${path}/it_contact_x/revoke`, {}), 404, 'entity_not_found'],
    ];
    for (const [answer, status, code] of refusals)
      expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    const other = await hub.makeOrganization();
    expect((await hub.api('DELETE', `/organizations/${other}/it_contacts/${id}`)).status).toBe(404);
    expect((await hub.api('GET', path)).body.data).toHaveLength(1);
  });
});
