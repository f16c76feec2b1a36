/** Creating, replacing and deleting: RFC 7644 §3.3, §3.5.1 and §3.6. */
import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE, errorBody, serverUnderTest, unique, USER } from './server.js';

const server = serverUnderTest();

describe('RFC 7644 §3.3, creating', () => {
  it('answers 201 with the whole resource', async () => {
    const answer = await server.make('Users', { schemas: [USER], userName: unique('user'), title: 'Dr' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      id: expect.any(String),
      title: 'Dr',
      meta: { resourceType: 'User' },
    });
  });

  it('says where the resource is, in Location and meta.location alike', async () => {
    const { headers, body } = await server.make('Users', { schemas: [USER], userName: unique('user') });
    expect(headers['location']).toBe(body.meta.location);
  });

  it('the location answers with the resource', async () => {
    const user = await server.user();
    const path = `/Users/${new URL(user.meta.location).pathname.split('/').at(-1)}`;
    expect((await server.send('GET', path)).body.id).toBe(user.id);
  });

  it('read-only attributes are ignored', async () => {
    const user = await server.user({ id: 'x', meta: { version: 'W/"9999"' }, groups: [{ value: 'x' }] });
    expect(user.id).not.toBe('x');
    expect(user.groups ?? []).toEqual([]);
  });

  it('what is not known is ignored, and the rest is done', async () => {
    const user = await server.user({ shoeSize: 44, 'urn:example:unknown:2.0:User': { hat: 'red' } });
    expect(user).not.toHaveProperty('shoeSize');
  });

  it('a conflict with a unique attribute is 409 uniqueness', async () => {
    const { userName } = await server.user();
    const answer = await server.make('Users', { schemas: [USER], userName });
    expect(answer).toMatchObject({ status: 409, body: errorBody(409, 'uniqueness') });
  });

  it.each([
    ['text that is not JSON', '{"schemas":', 'invalidSyntax'],
    ['a list', '[]', 'invalidSyntax'],
    ['a name that is a list of objects', '{"userName":[{}]}', 'invalidValue'],
    ['a boolean that is none', '{"userName":"x","active":"perhaps"}', 'invalidValue'],
  ])('%s is 400', async (_what, body, scimType) => {
    const answer = await server.send('POST', '/Users', body);
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, scimType) });
  });
});

describe('RFC 7644 §3.5.1, replacing', () => {
  it('answers 200 with the whole resource as it is now', async () => {
    const { id, userName } = await server.user({ title: 'Dr' });
    const answer = await server.send('PUT', `/Users/${id}`, { schemas: [USER], userName, nickName: 'Ada' });
    expect(answer).toMatchObject({ status: 200, body: { id, userName, nickName: 'Ada' } });
  });

  it('read-write attributes that are left out are cleared', async () => {
    const { id, userName } = await server.user({ title: 'Dr', [ENTERPRISE]: { department: 'Sales' } });
    const { body } = await server.send('PUT', `/Users/${id}`, { schemas: [USER], userName });
    expect(body).not.toHaveProperty('title');
    expect(body).not.toHaveProperty([ENTERPRISE]);
  });

  it('read-only attributes are ignored', async () => {
    const user = await server.user();
    const meta = { created: '2001-01-01T00:00:00Z' };
    const { status, body } = await server.send('PUT', `/Users/${user.id}`, { ...user, id: 'other', meta });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: user.id, meta: { created: user.meta.created } });
  });

  it('what a GET answered can be sent back as it is', async () => {
    const user = await server.user({ emails: [{ value: 'a@example.com', type: 'work', primary: true }] });
    const { body } = await server.send('GET', `/Users/${user.id}`);
    const answer = await server.send('PUT', `/Users/${user.id}`, body);
    expect(answer.status).toBe(200);
    expect({ ...answer.body, meta: null }).toEqual({ ...body, meta: null });
  });

  it('a required attribute cannot be left out', async () => {
    const { id } = await server.user();
    const answer = await server.send('PUT', `/Users/${id}`, { schemas: [USER], title: 'Dr' });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'invalidValue') });
  });

  it('never creates a resource', async () => {
    const answer = await server.send('PUT', '/Users/nobody-has-this-id', {
      schemas: [USER],
      userName: unique('user'),
    });
    expect(answer).toMatchObject({ status: 404, body: errorBody(404) });
  });

  it('a conflict with a unique attribute is 409', async () => {
    const [one, other] = [await server.user(), await server.user()];
    const answer = await server.send('PUT', `/Users/${one.id}`, {
      schemas: [USER],
      userName: other.userName,
    });
    expect(answer).toMatchObject({ status: 409, body: errorBody(409, 'uniqueness') });
  });
});

describe('RFC 7644 §3.6, deleting', () => {
  it.each(['Users', 'Groups'] as const)('%s: 204 without a body', async (type) => {
    const { id } = type === 'Users' ? await server.user() : await server.group();
    expect(await server.send('DELETE', `/${type}/${id}`)).toMatchObject({ status: 204, text: '' });
  });

  it('afterwards every verb is answered 404', async () => {
    const { id, userName } = await server.user();
    await server.send('DELETE', `/Users/${id}`);
    const answers = [
      await server.send('GET', `/Users/${id}`),
      await server.send('PUT', `/Users/${id}`, { schemas: [USER], userName }),
      await server.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr' }),
      await server.send('DELETE', `/Users/${id}`),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: errorBody(404) });
  });

  it('the resource is in no list any more', async () => {
    const { id, userName } = await server.user();
    await server.send('DELETE', `/Users/${id}`);
    expect((await server.find('Users', `userName eq "${userName}"`)).body.totalResults).toBe(0);
  });

  it('its names are free again, and who is created anew has another id', async () => {
    const { id, userName } = await server.user();
    await server.send('DELETE', `/Users/${id}`);
    const again = await server.make('Users', { schemas: [USER], userName });
    expect(again.status).toBe(201);
    expect(again.body.id).not.toBe(id);
  });

  it('who is deleted is in no group any more', async () => {
    const [gone, stays] = [await server.user(), await server.user()];
    const group = await server.group({ members: [{ value: gone.id }, { value: stays.id }] });
    await server.send('DELETE', `/Users/${gone.id}`);
    const { body } = await server.send('GET', `/Groups/${group.id}`);
    expect(body.members.map(({ value }) => value)).toEqual([stays.id]);
  });
});

describe('RFC 7643 §2.2, mutability', () => {
  it('a password can be written and is never read back, also not by a filter', async () => {
    const password = unique('secret');
    const { id } = await server.user({ password });
    const shown = await server.send('GET', `/Users/${id}?attributes=password`);
    expect(shown.text).not.toContain(password);
    const answer = await server.find('Users', `password eq "${password}"`);
    if (answer.status === 200) return expect(answer.body.totalResults).toBe(0);
    expect([400, 403]).toContain(answer.status);
  });

  it('an immutable attribute keeps its value: the value of a member cannot be replaced by another', async () => {
    const [one, other] = [await server.user(), await server.user()];
    const { id } = await server.group({ members: [{ value: one.id }] });
    const answer = await server.patch(`/Groups/${id}`, {
      op: 'replace',
      path: `members[value eq "${one.id}"].value`,
      value: other.id,
    });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'mutability') });
  });
});
