/** What resources are made of: RFC 7643. */
import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE, errorBody, GROUP, serverUnderTest, unique, USER } from './server.js';

const server = serverUnderTest();
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

describe('RFC 7643 §2, attributes', () => {
  it('§2.1: attribute names are case-insensitive', async () => {
    const userName = unique('user');
    const { status, body } = await server.make('Users', {
      SCHEMAS: [USER],
      USERNAME: userName,
      NickName: 'Ada',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ userName, nickName: 'Ada' });
  });

  it('§2.3.2: a boolean is answered as a JSON boolean', async () => {
    expect((await server.user({ active: false }))['active']).toBe(false);
  });

  it('§2.3.5: a DateTime is an xsd:dateTime', async () => {
    const { meta } = await server.user();
    expect(meta.created).toMatch(DATE_TIME);
    expect(meta.lastModified).toMatch(DATE_TIME);
  });

  it('§2.4: primary is true at most once in a list', async () => {
    const emails = [
      { value: `${unique('a')}@example.com`, type: 'work', primary: true },
      { value: `${unique('b')}@example.com`, type: 'home', primary: true },
    ];
    const { status, body } = await server.make('Users', {
      schemas: [USER],
      userName: unique('user'),
      emails,
    });
    // A server may also refuse it; what it must not do is keep two.
    if (status !== 201) return expect(status).toBe(400);
    expect((body['emails'] as { primary?: boolean }[]).filter(({ primary }) => primary)).toHaveLength(1);
  });

  it('§2.4: the same type and value SHOULD NOT be there more than once', async () => {
    const email = { value: `${unique('a')}@example.com`, type: 'work' };
    const user = await server.user({ emails: [email, email] });
    expect(user['emails']).toHaveLength(1);
  });

  it('§2.5: null, an empty list and an absent attribute are the same state', async () => {
    const user = await server.user({ nickName: null, emails: [], title: 'Dr' });
    for (const name of ['nickName', 'emails']) expect([undefined, null, []]).toContainEqual(user[name]);
    expect(user['title']).toBe('Dr');
  });
});

describe('RFC 7643 §3, resources', () => {
  it('§3: schemas is a non-empty list of URIs that names the resource’s schema', async () => {
    const user = await server.user({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: { department: 'Sales' } });
    expect(user['schemas']).toEqual(expect.arrayContaining([USER, ENTERPRISE]));
    expect((await server.group())['schemas']).toContain(GROUP);
  });

  it('§3.1: the server gives the id; what a client sends as id is ignored', async () => {
    const user = await server.user({ id: 'mine' });
    expect(user.id).toEqual(expect.any(String));
    expect(user.id).not.toBe('mine');
    expect(user.id).not.toBe('');
  });

  it('§3.1: an id is never "bulkId"', async () => {
    expect((await server.user()).id.toLowerCase()).not.toContain('bulkid');
  });

  it('§3.1: ids are stable and unique', async () => {
    const [one, other] = [await server.user(), await server.user()];
    expect(one.id).not.toBe(other.id);
    await server.patched(`/Users/${one.id}`, { op: 'replace', path: 'userName', value: unique('renamed') });
    expect((await server.send('GET', `/Users/${one.id}`)).body.id).toBe(one.id);
  });

  it('§3.1: externalId is kept as the client gave it, case and all', async () => {
    const externalId = unique('EXTERNAL');
    expect((await server.user({ externalId }))['externalId']).toBe(externalId);
  });

  it('§3.1: meta says resourceType, created, lastModified and location', async () => {
    const user = await server.user();
    expect(user.meta).toMatchObject({
      resourceType: 'User',
      location: expect.stringContaining(`/Users/${user.id}`),
    });
    const group = await server.group();
    expect(group.meta).toMatchObject({
      resourceType: 'Group',
      location: expect.stringContaining(`/Groups/${group.id}`),
    });
  });

  it('§3.1: lastModified equals created while a resource was never modified', async () => {
    const { meta } = await server.user();
    expect(meta.lastModified).toBe(meta.created);
  });

  it('§3.1: meta that a client sends is ignored', async () => {
    const user = await server.user({
      meta: { created: '2001-01-01T00:00:00Z', location: 'https://example.com/x' },
    });
    expect(user.meta.created).not.toContain('2001');
    expect(user.meta.location).not.toContain('example.com/x');
  });
});

describe('RFC 7643 §4, users and groups', () => {
  it.each([
    ['absent', {}],
    ['empty', { userName: '' }],
  ])('§4.1.1: a userName that is %s is refused', async (_what, name) => {
    const answer = await server.make('Users', { schemas: [USER], ...name });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'invalidValue') });
  });

  it('§4.1.1: userName is unique, in any case', async () => {
    const { userName } = await server.user();
    const answer = await server.make('Users', { schemas: [USER], userName: userName.toUpperCase() });
    expect(answer).toMatchObject({ status: 409, body: errorBody(409, 'uniqueness') });
  });

  it('§4.1.1: a password is never returned, in any form', async () => {
    const password = unique('secret');
    const user = await server.user({ password });
    expect(JSON.stringify(user)).not.toContain(password);
    const answer = await server.send('GET', `/Users/${user.id}?attributes=password,userName`);
    expect(answer.body).not.toHaveProperty('password');
  });

  it('§4.1.2: groups of a user are read-only and tell of memberships', async () => {
    const user = await server.user({ groups: [{ value: 'made-up' }] });
    const group = await server.group({ members: [{ value: user.id }] });
    const { body } = await server.send('GET', `/Users/${user.id}`);
    expect(body.groups.map(({ value }) => value)).toEqual([group.id]);
    await server.send('PUT', `/Users/${user.id}`, { schemas: [USER], userName: user.userName, groups: [] });
    expect((await server.send('GET', `/Users/${user.id}`)).body.groups).toHaveLength(1);
  });

  it('§4.2: displayName of a group is required', async () => {
    const answer = await server.make('Groups', { schemas: [GROUP] });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'invalidValue') });
  });

  it('§4.2: members have value, $ref and type', async () => {
    const user = await server.user();
    const inner = await server.group();
    const group = await server.group({ members: [{ value: user.id }, { value: inner.id, type: 'Group' }] });
    const { body } = await server.send('GET', `/Groups/${group.id}`);
    const byId = new Map(body.members.map((member) => [member.value, member]));
    expect(byId.get(user.id)).toMatchObject({
      type: 'User',
      $ref: expect.stringContaining(`Users/${user.id}`),
    });
    expect(byId.get(inner.id)).toMatchObject({
      type: 'Group',
      $ref: expect.stringContaining(`Groups/${inner.id}`),
    });
  });

  it('§4.3: the enterprise extension stands under its URN', async () => {
    const manager = await server.user();
    const extension = {
      employeeNumber: '701984',
      costCenter: '4130',
      organization: 'Universal Studios',
      division: 'Theme Park',
      department: 'Tour Operations',
      manager: { value: manager.id },
    };
    const user = await server.user({ schemas: [USER, ENTERPRISE], [ENTERPRISE]: extension });
    expect(user[ENTERPRISE]).toMatchObject(extension);
  });

  it('§8.2: the full user of the RFC comes back as it was sent', async () => {
    const full = {
      name: {
        formatted: 'Ms. Barbara J Jensen, III',
        familyName: 'Jensen',
        givenName: 'Barbara',
        middleName: 'Jane',
        honorificPrefix: 'Ms.',
        honorificSuffix: 'III',
      },
      displayName: 'Babs Jensen',
      nickName: 'Babs',
      profileUrl: 'https://login.example.com/bjensen',
      emails: [
        { value: 'bjensen@example.com', type: 'work', primary: true },
        { value: 'babs@jensen.org', type: 'home' },
      ],
      addresses: [
        {
          type: 'work',
          streetAddress: '100 Universal City Plaza',
          locality: 'Hollywood',
          region: 'CA',
          postalCode: '91608',
          country: 'US',
          formatted: '100 Universal City Plaza\nHollywood, CA 91608 USA',
          primary: true,
        },
      ],
      phoneNumbers: [{ value: '555-555-5555', type: 'work' }],
      ims: [{ value: 'someaimhandle', type: 'aim' }],
      photos: [{ value: 'https://photos.example.com/profilephoto/72930000000Ccne/F', type: 'photo' }],
      userType: 'Employee',
      title: 'Tour Guide',
      preferredLanguage: 'en-US',
      locale: 'en-US',
      timezone: 'America/Los_Angeles',
      active: true,
      x509Certificates: [{ value: 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhMCVVM=' }],
      entitlements: [{ value: 'tours' }],
      roles: [{ value: 'guide' }],
    };
    const user = await server.user(full);
    expect((await server.send('GET', `/Users/${user.id}`)).body).toMatchObject(full);
  });
});
