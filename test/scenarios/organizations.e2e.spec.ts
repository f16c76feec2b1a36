/** Organizations and their domains, through both of WorkOS's SDKs and as plain HTTP. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkOS as WorkOS8 } from '@workos-inc/node';
import { WorkOS as WorkOS11 } from 'workos-node-11';
import { DnsServer } from '../support/dns-server.js';
import { eventually } from '../support/eventually.js';
import { expected, TestHub, type Body, type HttpAnswer, type ReadEvent } from '../support/hub.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let dns: DnsServer;
let hub: TestHub;
beforeAll(async () => {
  dns = await DnsServer.open();
  hub = await TestHub.start({ ROLLCALL_DNS_SERVERS: dns.address });
});
afterAll(async () => {
  await hub.close();
  await dns.close();
});

function options() {
  const { hostname, port } = new URL(hub.url);
  return { apiHostname: hostname, port: Number(port), https: false };
}

const TYPES =
  'organization.created,organization.updated,organization.deleted,organization_domain.created,organization_domain.updated,' +
  'organization_domain.deleted,organization_domain.verified,organization_domain.verification_failed';

/** What was told of an organization and its domains. */
async function told(organizationId: string): Promise<ReadEvent[]> {
  const query = `organization_id=${organizationId}&events=${TYPES}&limit=100`;
  return expected(200, await hub.api('GET', `/events?${query}`)).body.data as unknown as ReadEvent[];
}

async function typesTold(organizationId: string): Promise<string[]> {
  return (await told(organizationId)).map(({ event }) => event);
}

let unique = 0;
const domainName = (): string => `d${++unique}.example.com`;
const put = (id: string, body: unknown): Promise<HttpAnswer> => hub.api('PUT', `/organizations/${id}`, body);
const make = async (body: object): Promise<Body> =>
  expected(201, await hub.api('POST', '/organizations', { name: 'Acme', ...body })).body;
const makeDomain = async (organizationId: string, domain: string): Promise<Body> =>
  expected(201, await hub.api('POST', '/organization_domains', { organization_id: organizationId, domain }))
    .body;
const read = async (id: string): Promise<Body> =>
  expected(200, await hub.api('GET', `/organizations/${id}`)).body;

async function stateOf(domainId: string): Promise<unknown> {
  return expected(200, await hub.api('GET', `/organization_domains/${domainId}`)).body['state'];
}

function verified(domainId: string): Promise<void> {
  return eventually(async () => expect(await stateOf(domainId)).toBe('verified'));
}

/** Refused in the words that SDKs know, and nothing has happened. */
async function refused(
  request: () => Promise<HttpAnswer>,
  status: number,
  code: string,
  field?: string,
): Promise<HttpAnswer> {
  const before = await hub.logPosition();
  const answer = await request();
  expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
  expect(answer.body['message']).toEqual(expect.any(String));
  expect(answer.body).not.toHaveProperty('error');
  if (field !== undefined) expect(answer.body['errors']).toMatchObject([{ field }]);
  expect(await hub.logPosition()).toBe(before);
  return answer;
}

describe.each([
  ['8.13', () => new WorkOS8(hub.apiKey, options()) as unknown as WorkOS11],
  ['11.0', () => new WorkOS11(hub.apiKey, options())],
])("WorkOS's SDK %s", (version, client) => {
  it('makes, reads, changes, lists and deletes organizations', async () => {
    const { organizations } = client();
    const [domain, externalId] = [domainName(), `own-${version}`];
    const made = await organizations.createOrganization({
      name: `Acme ${version}`,
      domainData: [{ domain, state: 'pending' as never }],
      externalId,
      metadata: { tier: 'gold', region: 'eu' },
    });
    expect(made).toEqual({
      object: 'organization',
      id: expect.stringMatching(/^org_[0-9A-Z]{26}$/),
      name: `Acme ${version}`,
      allowProfilesOutsideOrganization: false,
      domains: [
        {
          object: 'organization_domain',
          id: expect.stringMatching(/^org_domain_[0-9A-Z]{26}$/),
          organizationId: made.id,
          domain,
          state: 'pending',
          verificationStrategy: 'dns',
          verificationToken: expect.stringMatching(/^[\w-]{32}$/),
          verificationPrefix: '_rollcall-verify',
          createdAt: expect.stringMatching(ISO),
          updatedAt: expect.stringMatching(ISO),
        },
      ],
      metadata: { tier: 'gold', region: 'eu' },
      externalId,
      createdAt: expect.stringMatching(ISO),
      updatedAt: expect.stringMatching(ISO),
    });
    expect(await organizations.getOrganization(made.id)).toEqual(made);
    expect(await organizations.getOrganizationByExternalId(externalId)).toEqual(made);
    const changed = await organizations.updateOrganization({
      organization: made.id,
      name: 'Apex',
      metadata: { tier: null as never, seats: '5' },
      stripeCustomerId: `cus_${version}`,
      externalId: null,
    });
    expect(changed).toMatchObject({
      name: 'Apex',
      metadata: { region: 'eu', seats: '5' },
      stripeCustomerId: `cus_${version}`,
      externalId: null,
      domains: made.domains,
    });
    const found = await organizations.listOrganizations({ domains: [domain, 'nobody.example.com'] });
    expect(found.data).toEqual([changed]);
    expect(found.listMetadata).toEqual({ before: null, after: null });
    await organizations.deleteOrganization(made.id);
    await expect(organizations.getOrganization(made.id)).rejects.toMatchObject({
      status: 404,
      code: 'entity_not_found',
    });
    expect(await typesTold(made.id)).toEqual([
      'organization.created',
      'organization_domain.created',
      'organization.updated',
      'organization.deleted',
    ]);
  });

  it('pages through all organizations by itself', async () => {
    const { organizations } = client();
    const domain = domainName();
    const ids = new Set<string>();
    for (const name of ['1', '2', '3'])
      ids.add(
        (
          await organizations.createOrganization({
            name,
            domainData: [{ domain, state: 'pending' as never }],
          })
        ).id,
      );
    const pages = await organizations.listOrganizations({ domains: [domain] });
    expect(new Set((await pages.autoPagination()).map(({ id }) => id))).toEqual(ids);
    const first = await organizations.listOrganizations({ domains: [domain], limit: 2, order: 'asc' });
    expect(first.data.map(({ name }) => name)).toEqual(['1', '2']);
    const { after } = first.listMetadata;
    const rest = await organizations.listOrganizations({ domains: [domain], order: 'asc', after: after! });
    expect(rest.data.map(({ name }) => name)).toEqual(['3']);
  });

  it('makes, reads, verifies and deletes domains', async () => {
    const { organizationDomains: domains } = client();
    const calls =
      version === '11.0'
        ? {
            create: domains.createOrganizationDomain.bind(domains),
            get: domains.getOrganizationDomain.bind(domains),
            verify: domains.verifyOrganizationDomain.bind(domains),
            remove: domains.deleteOrganizationDomain.bind(domains),
          }
        : ofSdk8(new WorkOS8(hub.apiKey, options()));
    const organizationId = await hub.makeOrganization();
    const domain = domainName();
    const made = await calls.create({ domain, organizationId });
    expect(made).toMatchObject({ domain, organizationId, state: 'pending', verificationStrategy: 'dns' });
    expect(await calls.get(made.id)).toEqual(made);
    const name = `${made.verificationPrefix}.${domain}`;
    // It was looked for as soon as it was made, in vain.
    await eventually(() => expect(dns.asked).toEqual(expect.arrayContaining([name, domain])));
    dns.records.set(name, ['v=spf1 -all', made.verificationToken!]);
    expect(await calls.verify(made.id)).toMatchObject({ id: made.id, state: 'pending' });
    await eventually(async () => expect(await calls.get(made.id)).toMatchObject({ state: 'verified' }));
    await expect(calls.verify(made.id)).rejects.toMatchObject({ status: 400 });
    await calls.remove(made.id);
    await expect(calls.get(made.id)).rejects.toMatchObject({ status: 404, code: 'entity_not_found' });
    expect(await typesTold(organizationId)).toEqual([
      'organization.created',
      'organization_domain.created',
      'organization_domain.verified',
      'organization_domain.deleted',
    ]);
  });

  it('reads what was told of them, with what was there before an update', async () => {
    const workos = client();
    const { id } = await workos.organizations.createOrganization({ name: 'Before' });
    await workos.organizations.updateOrganization({ organization: id, name: 'After' });
    const { data } = await workos.events.listEvents({
      organizationId: id,
      events: ['organization.created', 'organization.updated'],
    });
    expect(data).toMatchObject([
      { event: 'organization.created', data: { id, name: 'Before', domains: [], metadata: {} } },
      {
        event: 'organization.updated',
        data: { id, name: 'After' },
        context: { previous_attributes: { name: 'Before' } },
      },
    ]);
    expect(data[1]!.data).toEqual(await workos.organizations.getOrganization(id));
  });

  it('hears what is wrong', async () => {
    const { organizations } = client();
    await organizations.createOrganization({ name: 'First', externalId: `taken-${version}` });
    const again = organizations.createOrganization({ name: 'Second', externalId: `taken-${version}` });
    await expect(again).rejects.toMatchObject({
      status: 400,
      rawData: { code: 'external_id_already_used' },
    });
    await expect(organizations.createOrganization({ name: '' })).rejects.toMatchObject({ status: 422 });
    await expect(organizations.getOrganizationByExternalId('nobody')).rejects.toMatchObject({ status: 404 });
  });
});

function ofSdk8({ organizationDomains }: WorkOS8) {
  return {
    create: organizationDomains.create.bind(organizationDomains),
    get: organizationDomains.get.bind(organizationDomains),
    verify: organizationDomains.verify.bind(organizationDomains),
    remove: organizationDomains.delete.bind(organizationDomains),
  };
}

describe('an organization', () => {
  it('is made with what older SDKs say, too', async () => {
    const [one, two] = [domainName(), domainName()];
    const made = await make({ domains: [one, two.toUpperCase()], allow_profiles_outside_organization: true });
    expect(made).toMatchObject({
      allow_profiles_outside_organization: true,
      domains: [{ domain: one }, { domain: two }],
      metadata: {},
      external_id: null,
    });
    expect(made).not.toHaveProperty('stripe_customer_id');
    expect(await read(made.id)).toEqual(made);
  });

  it('is found by a part of its name, in any case', async () => {
    const { id } = await make({ name: 'Zyx Industries' });
    const { body } = await hub.api('GET', '/organizations?search=zYX%20ind');
    expect(body.data.map((each) => each.id)).toEqual([id]);
    expect((await hub.api('GET', '/organizations?search=zyxx')).body.data).toEqual([]);
  });

  it.each(['domains=', 'domains[]=', 'domains[0]=', 'domains%5B%5D='])(
    'is found by any of its domains, asked for by %s',
    async (spelling) => {
      const domain = domainName();
      const { id } = await make({ domains: [domain, domainName()] });
      const { body } = await hub.api('GET', `/organizations?${spelling}${domain.toUpperCase()}`);
      expect(body.data.map((each) => each.id)).toEqual([id]);
    },
  );

  it('keeps what a change leaves out, merges metadata, and forgets it when it is empty', async () => {
    const { id } = await make({ metadata: { a: '1', b: '2' }, external_id: `keep-${++unique}` });
    const before = await read(id);
    expect((await put(id, { name: 'New' })).body).toMatchObject({
      name: 'New',
      metadata: { a: '1', b: '2' },
      external_id: before['external_id'],
    });
    expect((await put(id, { metadata: { b: null, c: '3' } })).body['metadata']).toEqual({ a: '1', c: '3' });
    expect((await put(id, { metadata: {} })).body['metadata']).toEqual({});
    expect((await put(id, { external_id: null })).body['external_id']).toBeNull();
    const stripe = `cus_${++unique}`;
    expect((await put(id, { stripe_customer_id: stripe })).body['stripe_customer_id']).toBe(stripe);
    expect((await put(id, { stripe_customer_id: null })).body).not.toHaveProperty('stripe_customer_id');
  });

  it('that is changed into what it is says nothing and stays as it was', async () => {
    const domain = domainName();
    const made = await make({ metadata: { a: '1' }, domains: [domain] });
    const position = await hub.logPosition();
    const again = { name: 'Acme', metadata: { a: '1' }, domain_data: [{ domain, state: 'pending' }] };
    expect(expected(200, await put(made.id, again)).body).toEqual(made);
    expect(await hub.logPosition()).toBe(position);
  });

  it('is told with each change as it is shown, later each time, with the old values', async () => {
    const { id } = await make({ metadata: { a: '1' } });
    await put(id, { metadata: { b: '2' } });
    const events = await told(id);
    expect(events[1]!.data).toEqual({ ...(await read(id)), previous_attributes: { metadata: { a: '1' } } });
    const times = events.map(({ data }) => String(data['updated_at']));
    expect(times[1]! > times[0]!).toBe(true);
    expect(events.map(({ context }) => context.sequence)).toEqual([1, 2]);
    expect(events[1]!.context).toMatchObject({
      cause: 'OrganizationUpdated',
      request_id: expect.stringMatching(/^req_/),
    });
  });

  it('is told to who names its types, and to nobody else', async () => {
    const { id } = await make({});
    expect(await hub.events(id)).toEqual([]);
    await hub.connect({ organizationId: id });
    expect((await hub.events(id)).map(({ event }) => event)).toEqual(['dsync.activated']);
    expect(await typesTold(id)).toEqual(['organization.created']);
  });

  it('replaces the set of its domains, and who stays keeps id, token and state', async () => {
    const [stays, goes, comes] = [domainName(), domainName(), domainName()];
    const made = await make({ domain_data: [{ domain: stays, state: 'verified' }, { domain: goes }] });
    const [first] = made['domains'] as Body[];
    expect(first).toMatchObject({ state: 'verified', verification_strategy: 'manual' });
    expect(first).not.toHaveProperty('verification_token');
    const wanted = [
      { domain: comes, state: 'verified' },
      { domain: stays, state: 'pending' },
    ];
    const changed = expected(200, await put(made.id, { domain_data: wanted })).body;
    expect(changed['domains']).toMatchObject([first, { domain: comes, state: 'verified' }]);
    expect(await read(made.id)).toEqual(changed);
    const events = (await told(made.id)).slice(4);
    expect(events.map(({ event, data }) => [event, data['domain']])).toEqual([
      ['organization.updated', undefined],
      ['organization_domain.deleted', goes],
      ['organization_domain.created', comes],
      ['organization_domain.verified', comes],
    ]);
    expect(events[0]!.data).toMatchObject({ previous_attributes: { domains: made['domains'] } });
    expect(expected(200, await put(made.id, { domain_data: [] })).body['domains']).toEqual([]);
  });

  it('gives its directories its domain, a verified one before others, and they are found by any of them', async () => {
    const [first, second] = [domainName(), domainName()];
    const { id } = await make({ domains: [first] });
    const directory = await hub.connect({ organizationId: id });
    const domainOf = async () => (await hub.api('GET', `/directories/${directory.id}`)).body['domain'];
    expect(await domainOf()).toBe(first);
    await put(id, { domain_data: [{ domain: first }, { domain: second, state: 'verified' }] });
    expect(await domainOf()).toBe(second);
    for (const domain of [first, second.toUpperCase()]) {
      const { body } = await hub.api('GET', `/directories?domain=${domain}`);
      expect(body.data.map((each) => each.id)).toEqual([directory.id]);
    }
    expect((await hub.api('GET', '/directories?domain=nobody.example.com')).body.data).toEqual([]);
  });

  it('that is deleted takes its directories, domains and destinations with it, and nothing else is told of those', async () => {
    const { id } = await make({ domains: [domainName()] });
    const directory = await hub.connect({ organizationId: id });
    expect((await hub.api('DELETE', `/organizations/${id}`)).status).toBe(202);
    expect((await hub.api('GET', `/directories/${directory.id}`)).status).toBe(404);
    expect((await hub.events(id)).map(({ event }) => event)).toEqual(['dsync.activated', 'dsync.deleted']);
    expect((await typesTold(id)).at(-1)).toBe('organization.deleted');
    expect((await hub.api('DELETE', `/organizations/${id}`)).status).toBe(404);
  });

  it('is never given the own id of another one, however many try at once', async () => {
    const externalId = `race-${++unique}`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        hub.api('POST', '/organizations', { name: 'Race', external_id: externalId }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(400)]);
  });
});

describe('what is wrong with an organization', () => {
  it.each<[string, object, string]>([
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name that is null', { name: null }, 'name'],
    ['a long name', { name: 'x'.repeat(201) }, 'name'],
    ['a field that there is none of', { name: 'A', colour: 'red' }, 'colour'],
    ['an external_id of 129 characters', { name: 'A', external_id: 'x'.repeat(129) }, 'external_id'],
    ['an empty external_id', { name: 'A', external_id: '' }, 'external_id'],
    ['an external_id that is not ASCII', { name: 'A', external_id: 'ü' }, 'external_id'],
    ['a domain that is none', { name: 'A', domains: ['not a domain'] }, 'domains'],
    [
      'a domain twice',
      { name: 'A', domain_data: [{ domain: 'a.example' }, { domain: 'A.example.' }] },
      'domain_data',
    ],
    ['both spellings of domains', { name: 'A', domains: [], domain_data: [] }, 'domains'],
    [
      '101 domains',
      { name: 'A', domains: Array.from({ length: 101 }, (_, n) => `x${n}.example`) },
      'domains',
    ],
    [
      'a state of a domain',
      { name: 'A', domain_data: [{ domain: 'a.example', state: 'failed' }] },
      'domain_data.0.state',
    ],
    [
      'an unknown field of a domain',
      { name: 'A', domain_data: [{ domain: 'a.example', id: '1' }] },
      'domain_data.0.id',
    ],
    [
      'a flag that is a text',
      { name: 'A', allow_profiles_outside_organization: 'no' },
      'allow_profiles_outside_organization',
    ],
  ])('%s is 422 and names the field', async (_what, body, field) => {
    await refused(() => hub.api('POST', '/organizations', body), 422, 'invalid_request_parameters', field);
  });

  it.each<[string, unknown]>([
    ['an eleventh key', Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'v']))],
    ['a key of 41 characters', { ['k'.repeat(41)]: 'v' }],
    ['an empty key', { '': 'v' }],
    ['a value of 601 characters', { k: 'v'.repeat(601) }],
    ['a value that is not ASCII', { k: 'ü' }],
    ['a number', { k: 1 }],
    ['an object', { k: {} }],
    ['a list', ['v']],
    ['a text', 'v'],
    ['null', null],
  ])('metadata with %s is 400 invalid_metadata', async (_what, metadata) => {
    const create = () => hub.api('POST', '/organizations', { name: 'A', metadata });
    await refused(create, 400, 'invalid_metadata');
    const { id } = await make({});
    await refused(() => put(id, { metadata }), 400, 'invalid_metadata');
  });

  it('metadata at every limit is kept', async () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`${n}${'k'.repeat(39)}`, 'v'.repeat(600)]),
    );
    const { id } = await make({ metadata, external_id: 'y'.repeat(128) });
    expect((await read(id))['metadata']).toEqual(metadata);
    await refused(() => put(id, { metadata: { more: 'v' } }), 400, 'invalid_metadata');
  });

  it('ids that another one has are 400, each with a code of its own', async () => {
    const [external, stripe] = [`x-${++unique}`, `cus_${++unique}`];
    await make({ external_id: external, stripe_customer_id: stripe });
    const { id } = await make({});
    await refused(() => put(id, { external_id: external }), 400, 'external_id_already_used');
    await refused(() => put(id, { stripe_customer_id: stripe }), 400, 'stripe_customer_id_already_used');
    const create = () => hub.api('POST', '/organizations', { name: 'A', external_id: external });
    await refused(create, 400, 'external_id_already_used');
  });

  it('is 404 where there is none', async () => {
    for (const [method, path, body] of [
      ['GET', '/organizations/org_x', undefined],
      ['GET', '/organizations/external_id/org_x', undefined],
      ['PUT', '/organizations/org_x', { name: 'A' }],
      ['DELETE', '/organizations/org_x', undefined],
    ] as const)
      await refused(() => hub.api(method, path, body), 404, 'entity_not_found');
  });
});

describe('a domain', () => {
  it('is verified by a TXT record on itself, too, and the name of the record is told', async () => {
    const organizationId = await hub.makeOrganization();
    const domain = domainName();
    const made = await makeDomain(organizationId, domain);
    expect(await stateOf(made.id)).toBe('pending');
    dns.records.set(domain, [made['verification_token'] as string]);
    expect((await hub.api('POST', `/organization_domains/${made.id}/verify`)).status).toBe(201);
    await verified(made.id);
    const [, , event] = await told(organizationId);
    expect(event).toMatchObject({
      event: 'organization_domain.verified',
      context: { request_id: 'domain-check' },
    });
    const shown = await hub.api('GET', `/organization_domains/${made.id}`);
    expect(event!.data).toEqual(shown.body);
    expect((await read(organizationId))['domains']).toEqual([shown.body]);
    expect(dns.asked).toContain(`_rollcall-verify.${domain}`);
  });

  it('is not verified by another token', async () => {
    const domain = domainName();
    const made = await makeDomain(await hub.makeOrganization(), domain);
    const asked = () => dns.asked.filter((name) => name === domain).length;
    await eventually(() => expect(asked()).toBe(1));
    dns.records.set(domain, [`${made['verification_token'] as string}x`, 'something else']);
    await hub.api('POST', `/organization_domains/${made.id}/verify`, {});
    await eventually(() => expect(asked()).toBe(2));
    expect(await stateOf(made.id)).toBe('pending');
  });

  it('may be wanted by two, and is of the one whose record is there', async () => {
    const domain = domainName();
    const [one, two] = [await hub.makeOrganization(), await hub.makeOrganization()];
    const [lost, won] = [await makeDomain(one, domain), await makeDomain(two, domain)];
    dns.records.set(domain, [won['verification_token'] as string]);
    await hub.api('POST', `/organization_domains/${won.id}/verify`);
    await verified(won.id);
    // Sooner than the record of the other one would be asked for again.
    const refusal = () => hub.api('POST', `/organization_domains/${lost.id}/verify`);
    await refused(refusal, 409, 'domain_already_exists');
    const make = () => hub.api('POST', '/organization_domains', { organization_id: one, domain });
    await refused(make, 409, 'domain_already_exists');
    const third = { name: 'Third', domain_data: [{ domain, state: 'verified' }] };
    await refused(() => hub.api('POST', '/organizations', third), 409, 'domain_already_exists');
  });

  it('that an operator vouches for is verified without DNS', async () => {
    const organizationId = await hub.makeOrganization();
    const domain = domainName();
    const made = await makeDomain(organizationId, domain);
    const body = { domain_data: [{ domain, state: 'verified' }] };
    expect(expected(200, await put(organizationId, body)).body['domains']).toMatchObject([
      { id: made.id, state: 'verified', verification_strategy: 'manual' },
    ]);
    expect((await typesTold(organizationId)).slice(2)).toEqual([
      'organization.updated',
      'organization_domain.verified',
    ]);
  });

  it.each<[string, string, unknown, number, string]>([
    [
      'without an organization',
      '/organization_domains',
      { domain: 'a.example' },
      422,
      'invalid_request_parameters',
    ],
    [
      'that is none',
      '/organization_domains',
      { domain: 'a', organization_id: 'o' },
      422,
      'invalid_request_parameters',
    ],
    [
      'of nobody',
      '/organization_domains',
      { domain: 'a.example', organization_id: 'org_x' },
      404,
      'entity_not_found',
    ],
    [
      'with more than it has',
      '/organization_domains',
      { domain: 'a.example', organization_id: 'o', state: 'verified' },
      422,
      'invalid_request_parameters',
    ],
    ['that there is none of', '/organization_domains/org_domain_x/verify', {}, 404, 'entity_not_found'],
    [
      'verified with a word',
      '/organization_domains/org_domain_x/verify',
      { now: true },
      422,
      'invalid_request_parameters',
    ],
  ])('%s is refused', async (_what, path, body, status, code) => {
    await refused(() => hub.api('POST', path, body), status, code);
  });

  it('is 404 when it is gone', async () => {
    const made = await makeDomain(await hub.makeOrganization(), domainName());
    expect((await hub.api('DELETE', `/organization_domains/${made.id}`)).status).toBe(204);
    await refused(() => hub.api('DELETE', `/organization_domains/${made.id}`), 404, 'entity_not_found');
    await refused(() => hub.api('GET', `/organization_domains/${made.id}`), 404, 'entity_not_found');
  });

  it('is verified by a request whose body is empty and said to be JSON', async () => {
    const made = await makeDomain(await hub.makeOrganization(), domainName());
    const headers = { 'content-type': 'application/json', 'content-length': '0' };
    const answer = await hub.api('POST', `/organization_domains/${made.id}/verify`, '', headers);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ id: made.id, state: 'pending' });
  });
});
