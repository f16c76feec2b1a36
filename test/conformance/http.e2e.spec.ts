/** Media types, errors, versions and what a server says of itself: RFC 7644 §2, §3.1, §3.8, §3.11 to §3.14 and §4, RFC 7643 §5 to §7. */
import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE, ERROR, errorBody, GROUP, LIST, serverUnderTest, unique, USER } from './server.js';

const server = serverUnderTest();

describe('RFC 7644 §2, authentication', () => {
  it.each([
    ['no credentials', ''],
    ['credentials that nobody was given', 'Bearer made-up'],
  ])('%s is 401 with WWW-Authenticate', async (_what, authorization) => {
    const answer = await server.send('GET', '/Users', undefined, { authorization });
    expect(answer).toMatchObject({ status: 401, body: errorBody(401) });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/i);
  });
});

describe('RFC 7644 §3.1 and §3.8, media types', () => {
  it('answers are application/scim+json', async () => {
    const { headers } = await server.send('GET', '/Users?count=1');
    expect(headers['content-type']).toMatch(/^application\/scim\+json\b/);
  });

  it.each(['application/scim+json', 'application/json', 'application/scim+json; charset=utf-8'])(
    'bodies may be %s',
    async (type) => {
      const body = { schemas: [USER], userName: unique('user') };
      const answer = await server.send('POST', '/Users', body, { 'content-type': type });
      expect(answer.status).toBe(201);
      await server.send('DELETE', `/Users/${answer.body.id}`);
    },
  );

  it.each(['application/scim+json', 'application/json', '*/*'])(
    'answers can be asked for as %s',
    async (accept) => {
      expect((await server.send('GET', '/Users?count=1', undefined, { accept })).status).toBe(200);
    },
  );

  it('a body that is no JSON by its type is 415', async () => {
    const answer = await server.send('POST', '/Users', '<user/>', { 'content-type': 'application/xml' });
    expect(answer).toMatchObject({ status: 415, body: errorBody(415) });
  });

  it('an answer in no JSON cannot be had: 406', async () => {
    const answer = await server.send('GET', '/Users?count=1', undefined, { accept: 'text/html' });
    expect(answer).toMatchObject({ status: 406, body: errorBody(406) });
  });

  it('§5: text is Unicode, and comes back as it was sent', async () => {
    const displayName = 'Zoë Łukasiewicz 🦊 李小龍';
    const user = await server.user({ displayName });
    expect((await server.send('GET', `/Users/${user.id}`)).body['displayName']).toBe(displayName);
    expect((await server.find('Users', `displayName eq "${displayName}"`)).body.totalResults).toBeGreaterThan(
      0,
    );
  });
});

describe('RFC 7644 §3.11, /Me', () => {
  it('is 501 where a token stands for no person, or the person', async () => {
    const { status, body } = await server.send('GET', '/Me');
    expect([200, 308, 501]).toContain(status);
    if (status === 501) expect(body).toMatchObject({ schemas: [ERROR], status: '501' });
  });
});

describe('RFC 7644 §3.12, errors', () => {
  it.each([
    ['GET', '/Users/nobody-has-this-id', 404],
    ['GET', '/Users?filter=userName%20eq', 400],
    ['GET', '/Nothing', 404],
    ['POST', '/Users', 400],
  ])(
    '%s %s: the body is an Error whose status is the status as text, with a detail for people',
    async (method, path, status) => {
      const answer = await server.send(method, path, method === 'POST' ? {} : undefined);
      expect(answer).toMatchObject({ status, body: { ...errorBody(status), detail: expect.any(String) } });
      expect(answer.headers['content-type']).toMatch(/^application\/(scim\+)?json\b/);
    },
  );
});

describe('RFC 7644 §3.14, versions', () => {
  it('a resource comes with its ETag, which is meta.version', async () => {
    if (!server.offers('etag')) return;
    const user = await server.user();
    const { headers, body } = await server.send('GET', `/Users/${user.id}`);
    expect(headers['etag']).toBe(body.meta.version);
  });

  it('If-None-Match: what the client has is 304 without a body', async () => {
    if (!server.offers('etag')) return;
    const { id, meta } = await server.user();
    const answer = await server.send('GET', `/Users/${id}`, undefined, { 'if-none-match': meta.version });
    expect(answer).toMatchObject({ status: 304, text: '' });
    const other = await server.send('GET', `/Users/${id}`, undefined, { 'if-none-match': 'W/"other"' });
    expect(other.status).toBe(200);
  });

  it('If-Match: a write to another version is 412 and changes nothing', async () => {
    if (!server.offers('etag')) return;
    const { id, userName, meta } = await server.user();
    await server.patched(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr' });
    const stale = { 'if-match': meta.version };
    const body = { schemas: [USER], userName };
    const operation = { op: 'remove', path: 'title' };
    const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] };
    for (const answer of [
      await server.send('PUT', `/Users/${id}`, body, stale),
      await server.send('PATCH', `/Users/${id}`, patch, stale),
      await server.send('DELETE', `/Users/${id}`, undefined, stale),
    ])
      expect(answer).toMatchObject({ status: 412, body: errorBody(412) });
    expect((await server.send('GET', `/Users/${id}`)).body['title']).toBe('Dr');
  });

  it('If-Match: a write to the version that it names is done', async () => {
    if (!server.offers('etag')) return;
    const { id, userName, meta } = await server.user();
    const fresh = { 'if-match': meta.version };
    expect(
      (await server.send('PUT', `/Users/${id}`, { schemas: [USER], userName, title: 'Dr' }, fresh)).status,
    ).toBe(200);
  });

  it('a version changes when the resource does, and only then', async () => {
    if (!server.offers('etag')) return;
    const { id, meta } = await server.user({ title: 'Dr' });
    const same = await server.patched(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr' });
    expect(same.meta.version).toBe(meta.version);
    const other = await server.patched(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Prof' });
    expect(other.meta.version).not.toBe(meta.version);
  });
});

describe('RFC 7644 §4 and RFC 7643 §5 to §7, discovery', () => {
  it('/ServiceProviderConfig says what the server can', async () => {
    const { status, body } = await server.send('GET', '/ServiceProviderConfig');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: expect.any(Boolean) },
      bulk: {
        supported: expect.any(Boolean),
        maxOperations: expect.any(Number),
        maxPayloadSize: expect.any(Number),
      },
      filter: { supported: expect.any(Boolean), maxResults: expect.any(Number) },
      changePassword: { supported: expect.any(Boolean) },
      sort: { supported: expect.any(Boolean) },
      etag: { supported: expect.any(Boolean) },
      authenticationSchemes: expect.arrayContaining([
        {
          type: expect.any(String),
          name: expect.any(String),
          description: expect.any(String),
          specUri: expect.any(String),
          primary: true,
        },
      ]),
    });
  });

  it('/ResourceTypes lists users and groups with endpoint and schemas', async () => {
    const { status, body } = await server.send('GET', '/ResourceTypes');
    expect(status).toBe(200);
    expect(body.schemas).toEqual([LIST]);
    expect(body.Resources).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'User', endpoint: '/Users', schema: USER }),
        expect.objectContaining({ name: 'Group', endpoint: '/Groups', schema: GROUP }),
      ]),
    );
    const user = await server.send('GET', '/ResourceTypes/User');
    expect(user).toMatchObject({
      status: 200,
      body: { name: 'User', meta: { resourceType: 'ResourceType' } },
    });
  });

  it('/Schemas lists every schema with all characteristics of every attribute', async () => {
    const { status, body } = await server.send('GET', '/Schemas');
    expect(status).toBe(200);
    expect(body.Resources.map(({ id }) => id)).toEqual(expect.arrayContaining([USER, GROUP, ENTERPRISE]));
    type Attribute = Record<string, unknown> & { subAttributes?: Attribute[] };
    const check = (attribute: Attribute): void => {
      expect(attribute).toMatchObject({
        name: expect.any(String),
        type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|binary|reference|complex)$/),
        multiValued: expect.any(Boolean),
        required: expect.any(Boolean),
        mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
        returned: expect.stringMatching(/^(always|never|default|request)$/),
      });
      if (attribute['type'] === 'complex') attribute.subAttributes!.forEach(check);
    };
    for (const schema of body.Resources) (schema['attributes'] as Attribute[]).forEach(check);
  });

  it('a schema is read by its URN', async () => {
    const answer = await server.send('GET', `/Schemas/${USER}`);
    expect(answer).toMatchObject({
      status: 200,
      body: { id: USER, name: 'User', meta: { resourceType: 'Schema' } },
    });
    expect((await server.send('GET', '/Schemas/urn:nothing')).status).toBe(404);
  });

  it.each(['ServiceProviderConfig', 'ResourceTypes', 'Schemas'])(
    '§4: a filter on /%s is 403',
    async (endpoint) => {
      const answer = await server.send('GET', `/${endpoint}?filter=${encodeURIComponent('name eq "User"')}`);
      expect(answer).toMatchObject({ status: 403, body: errorBody(403) });
    },
  );
});
