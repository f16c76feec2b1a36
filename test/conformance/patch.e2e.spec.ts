/** Modifying with PATCH: RFC 7644 §3.5.2. */
import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE, errorBody, serverUnderTest, unique, type ScimServer } from './server.js';

const server: ScimServer = serverUnderTest();
const work = { value: 'work@example.com', type: 'work', primary: true };
const home = { value: 'home@example.com', type: 'home' };

describe('RFC 7644 §3.5.2, every PATCH', () => {
  it('is answered 200 with the resource, or 204 without a body', async () => {
    const { id } = await server.user();
    const answer = await server.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr' });
    if (answer.status === 204) return expect(answer.text).toBe('');
    expect(answer).toMatchObject({ status: 200, body: { id, title: 'Dr' } });
  });

  it('is answered 200 with a body when attributes are asked for', async () => {
    const { id } = await server.group();
    const operation = { op: 'replace', path: 'displayName', value: unique('renamed') };
    const answer = await server.send('PATCH', `/Groups/${id}?attributes=displayName`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [operation],
    });
    expect(answer).toMatchObject({ status: 200, body: { displayName: operation.value } });
  });

  it('is atomic: when one operation fails, none has been done', async () => {
    const { id } = await server.user({ title: 'Dr' });
    const answer = await server.patch(
      `/Users/${id}`,
      { op: 'replace', path: 'title', value: 'Prof' },
      { op: 'replace', path: 'emails[type eq "nothing"].value', value: 'x@example.com' },
    );
    expect(answer.status).toBe(400);
    expect((await server.send('GET', `/Users/${id}`)).body['title']).toBe('Dr');
  });

  it('its operations are done in order', async () => {
    const { id } = await server.user();
    const user = await server.patched(
      `/Users/${id}`,
      { op: 'add', path: 'title', value: 'Dr' },
      { op: 'replace', path: 'title', value: 'Prof' },
    );
    expect(user['title']).toBe('Prof');
  });

  it('a resource that is not there is 404', async () => {
    const answer = await server.patch('/Users/nobody-has-this-id', {
      op: 'replace',
      path: 'title',
      value: 'Dr',
    });
    expect(answer).toMatchObject({ status: 404, body: errorBody(404) });
  });

  it.each([
    ['no operations', {}, 'invalidSyntax'],
    ['an op that is none', { Operations: [{ op: 'move', path: 'title', value: 'x' }] }, 'invalidSyntax'],
    ['an unknown path', { Operations: [{ op: 'add', path: 'shoeSize', value: 44 }] }, 'invalidPath'],
    ['a broken path', { Operations: [{ op: 'add', path: 'emails[type eq', value: 'x' }] }, undefined],
    [
      'a value of the wrong type',
      { Operations: [{ op: 'add', path: 'active', value: 'perhaps' }] },
      'invalidValue',
    ],
    [
      'a read-only attribute',
      { Operations: [{ op: 'add', path: 'meta.created', value: '2001-01-01T00:00:00Z' }] },
      'mutability',
    ],
  ])('%s is 400', async (_what, body, scimType) => {
    const { id } = await server.user();
    const answer = await server.send('PATCH', `/Users/${id}`, body);
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, scimType) });
  });

  it('a value that becomes primary takes the mark from the others', async () => {
    const { id } = await server.user({ emails: [work, home] });
    const user = await server.patched(`/Users/${id}`, {
      op: 'replace',
      path: 'emails[type eq "home"].primary',
      value: true,
    });
    const primaries = (user['emails'] as { type: string; primary?: boolean }[]).filter(
      ({ primary }) => primary,
    );
    expect(primaries.map(({ type }) => type)).toEqual(['home']);
  });
});

describe('RFC 7644 §3.5.2.1, add', () => {
  it('without a path: the value is an object of attributes', async () => {
    const { id } = await server.user({ emails: [work] });
    const user = await server.patched(`/Users/${id}`, {
      op: 'add',
      value: { emails: [home], nickName: 'Babs' },
    });
    expect(user).toMatchObject({ nickName: 'Babs' });
    expect(user['emails']).toHaveLength(2);
  });

  it('a target that is not there is added', async () => {
    const { id } = await server.user();
    expect((await server.patched(`/Users/${id}`, { op: 'add', path: 'title', value: 'Dr' }))['title']).toBe(
      'Dr',
    );
  });

  it('a complex target gets the sub-attributes and keeps the others', async () => {
    const { id } = await server.user({ name: { givenName: 'Ada', familyName: 'King' } });
    const user = await server.patched(`/Users/${id}`, {
      op: 'add',
      path: 'name',
      value: { familyName: 'Lovelace' },
    });
    expect(user['name']).toMatchObject({ givenName: 'Ada', familyName: 'Lovelace' });
  });

  it('a list gets the values and keeps its own', async () => {
    const { id } = await server.user({ emails: [work] });
    const user = await server.patched(`/Users/${id}`, { op: 'add', path: 'emails', value: [home] });
    expect((user['emails'] as object[]).length).toBe(2);
  });

  it('a single value is replaced', async () => {
    const { id } = await server.user({ title: 'Dr' });
    expect((await server.patched(`/Users/${id}`, { op: 'add', path: 'title', value: 'Prof' }))['title']).toBe(
      'Prof',
    );
  });

  it('a value that is there already changes nothing, nor the time of modification', async () => {
    const { id, meta } = await server.user({ emails: [work] });
    const user = await server.patched(`/Users/${id}`, { op: 'add', path: 'emails', value: [work] });
    expect(user['emails']).toHaveLength(1);
    expect(user.meta.lastModified).toBe(meta.lastModified);
  });

  it('members are added to a group', async () => {
    const [one, other] = [await server.user(), await server.user()];
    const { id } = await server.group({ members: [{ value: one.id }] });
    const group = await server.patched(`/Groups/${id}`, {
      op: 'add',
      path: 'members',
      value: [{ value: other.id }],
    });
    expect(group.members.map(({ value }) => value).sort()).toEqual([one.id, other.id].sort());
  });

  it('§3.10: an attribute of an extension is named by its URN', async () => {
    const { id } = await server.user();
    const user = await server.patched(`/Users/${id}`, {
      op: 'add',
      path: `${ENTERPRISE}:department`,
      value: 'Sales',
    });
    expect(user[ENTERPRISE]).toMatchObject({ department: 'Sales' });
    expect(user['schemas']).toContain(ENTERPRISE);
  });
});

describe('RFC 7644 §3.5.2.2, remove', () => {
  it('without a path is 400 noTarget', async () => {
    const { id } = await server.user();
    const answer = await server.patch(`/Users/${id}`, { op: 'remove' });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'noTarget') });
  });

  it('a single value is unassigned', async () => {
    const { id } = await server.user({ title: 'Dr' });
    expect(await server.patched(`/Users/${id}`, { op: 'remove', path: 'title' })).not.toHaveProperty('title');
  });

  it('a list without a filter is unassigned', async () => {
    const { id } = await server.user({ emails: [work, home] });
    const user = await server.patched(`/Users/${id}`, { op: 'remove', path: 'emails' });
    expect(user['emails'] ?? []).toEqual([]);
  });

  it('a filter chooses which values go, and the others stay', async () => {
    const { id } = await server.user({ emails: [work, home] });
    const user = await server.patched(`/Users/${id}`, { op: 'remove', path: 'emails[type eq "work"]' });
    expect(user['emails']).toEqual([expect.objectContaining(home)]);
  });

  it('a sub-attribute of the values that a filter chooses goes', async () => {
    const { id } = await server.user({ emails: [{ ...work, display: 'At work' }, home] });
    const user = await server.patched(`/Users/${id}`, {
      op: 'remove',
      path: 'emails[type eq "work"].display',
    });
    expect(
      (user['emails'] as object[]).find((email) => 'type' in email && email.type === 'work'),
    ).not.toHaveProperty('display');
    expect(user['emails']).toHaveLength(2);
  });

  it('a required attribute cannot be removed: 400 mutability', async () => {
    const { id } = await server.user();
    const answer = await server.patch(`/Users/${id}`, { op: 'remove', path: 'userName' });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'mutability') });
  });

  it('one member leaves, and the others stay', async () => {
    const [one, other] = [await server.user(), await server.user()];
    const { id } = await server.group({ members: [{ value: one.id }, { value: other.id }] });
    const group = await server.patched(`/Groups/${id}`, {
      op: 'remove',
      path: `members[value eq "${one.id}"]`,
    });
    expect(group.members.map(({ value }) => value)).toEqual([other.id]);
  });

  it('all members leave', async () => {
    const { id } = await server.group({ members: [{ value: (await server.user()).id }] });
    expect((await server.patched(`/Groups/${id}`, { op: 'remove', path: 'members' })).members ?? []).toEqual(
      [],
    );
  });
});

describe('RFC 7644 §3.5.2.3, replace', () => {
  it('without a path: the attributes given are replaced, the others stay', async () => {
    const { id } = await server.user({ title: 'Dr', nickName: 'Ada' });
    const user = await server.patched(`/Users/${id}`, { op: 'replace', value: { title: 'Prof' } });
    expect(user).toMatchObject({ title: 'Prof', nickName: 'Ada' });
  });

  it('a single value is replaced', async () => {
    const { id } = await server.user({ title: 'Dr' });
    expect(
      (await server.patched(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Prof' }))['title'],
    ).toBe('Prof');
  });

  it('a list is replaced as a whole', async () => {
    const { id } = await server.user({ emails: [work] });
    const user = await server.patched(`/Users/${id}`, { op: 'replace', path: 'emails', value: [home] });
    expect(user['emails']).toEqual([expect.objectContaining(home)]);
  });

  it('an attribute that is not there is added', async () => {
    const { id } = await server.user();
    expect(
      (await server.patched(`/Users/${id}`, { op: 'replace', path: 'title', value: 'Dr' }))['title'],
    ).toBe('Dr');
  });

  it('the sub-attributes of a complex attribute are replaced', async () => {
    const { id } = await server.user({ name: { givenName: 'Ada' } });
    const user = await server.patched(`/Users/${id}`, {
      op: 'replace',
      path: 'name.givenName',
      value: 'Augusta',
    });
    expect(user['name']).toMatchObject({ givenName: 'Augusta' });
  });

  it('all values that a filter chooses are replaced, the others stay', async () => {
    const { id } = await server.user({ emails: [work, home] });
    const user = await server.patched(`/Users/${id}`, {
      op: 'replace',
      path: 'emails[type eq "work"].value',
      value: 'new@example.com',
    });
    const values = (user['emails'] as { value: string }[]).map(({ value }) => value);
    expect(values.sort()).toEqual(['home@example.com', 'new@example.com']);
  });

  it('a filter that chooses nothing is 400 noTarget', async () => {
    const { id } = await server.user({ emails: [home] });
    const answer = await server.patch(`/Users/${id}`, {
      op: 'replace',
      path: 'emails[type eq "work"].value',
      value: 'new@example.com',
    });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'noTarget') });
  });

  it('the members of a group are replaced', async () => {
    const [one, other] = [await server.user(), await server.user()];
    const { id } = await server.group({ members: [{ value: one.id }] });
    const group = await server.patched(`/Groups/${id}`, {
      op: 'replace',
      path: 'members',
      value: [{ value: other.id }],
    });
    expect(group.members.map(({ value }) => value)).toEqual([other.id]);
  });

  it('a conflict with a unique attribute is 409', async () => {
    const [one, other] = [await server.user(), await server.user()];
    const answer = await server.patch(`/Users/${one.id}`, {
      op: 'replace',
      path: 'userName',
      value: other.userName,
    });
    expect(answer).toMatchObject({ status: 409, body: errorBody(409, 'uniqueness') });
  });
});
