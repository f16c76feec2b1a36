/** How other SCIM servers misread PATCH, each symptom by its name, and the proof that this one does not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  expected,
  PATCH_OP,
  TestHub,
  USER,
  type Body,
  type HttpAnswer,
  type TestDirectory,
} from '../support/hub.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const work = { type: 'work', value: 'ada@work.example', primary: true };
const home = { type: 'home', value: 'ada@home.example' };

let hub: TestHub;
let directory: TestDirectory;
let ada: Body;

beforeAll(async () => {
  hub = await TestHub.start();
}, 60_000);
afterAll(() => hub.close());

beforeEach(() => connect('generic scim v2.0'));

async function connect(type: string): Promise<void> {
  directory = await hub.connect({ type });
  ada = await directory.makeUser('ada@example.com', {
    name: { givenName: 'Ada', familyName: 'Byron' },
    emails: [work, home],
  });
}

const change = (...operations: unknown[]): Promise<HttpAnswer> =>
  directory.patch(`/Users/${ada.id}`, ...(operations as object[]));
const done = async (...operations: unknown[]): Promise<Body> =>
  expected(200, await change(...operations)).body;

/** The person as they were, to the version, and no event. */
async function expectUntouched(): Promise<void> {
  expect((await directory.scim('GET', `/Users/${ada.id}`)).body).toEqual(ada);
  expect(await directory.causes()).toEqual(['UserCreated']);
}

describe('no PATCH suffers from', () => {
  it('an op in capitals that is not understood', async () => {
    expect(await done({ op: 'Add', path: 'title', value: 'T' })).toMatchObject({ title: 'T' });
    expect(await done({ op: 'REPLACE', path: 'title', value: 'U' })).toMatchObject({ title: 'U' });
    expect(await done({ op: 'Remove', path: 'title' })).not.toHaveProperty('title');
  });

  it('"True" and "False" that are taken for true', async () => {
    expect(await done({ op: 'Replace', path: 'active', value: 'False' })).toMatchObject({ active: false });
    expect(await done({ op: 'Replace', path: 'active', value: 'True' })).toMatchObject({ active: true });
    const wrong = await change({ op: 'Replace', path: 'active', value: 'no' });
    expect(wrong).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
  });

  it('a filtered replace of what is not there that loses the rest of the request', async () => {
    const operations = [
      { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1-555-0100' },
      { op: 'Replace', path: 'name.familyName', value: 'King' },
    ];
    // By the letter of the RFC it is refused, and then as a whole.
    expect(await change(...operations)).toMatchObject({ status: 400, body: { scimType: 'noTarget' } });
    await expectUntouched();
    await connect('azure scim v2.0');
    expect(await done(...operations)).toMatchObject({
      name: { givenName: 'Ada', familyName: 'King' },
      phoneNumbers: [{ type: 'work', value: '+1-555-0100' }],
    });
  });

  it('a filtered replace that wipes the values beside it', async () => {
    const changed = await done({
      op: 'replace',
      path: 'emails[type eq "work"].value',
      value: 'new@work.example',
    });
    expect(changed['emails']).toEqual([{ ...work, value: 'new@work.example' }, home]);
  });

  it('sub-attributes that are added one by one and become several values', async () => {
    const add = (name: string, value: string): object => ({
      op: 'Add',
      path: `addresses[type eq "work"].${name}`,
      value,
    });
    const changed = await done(
      add('streetAddress', '1 Main St'),
      add('locality', 'Springfield'),
      add('country', 'US'),
    );
    const address = { type: 'work', streetAddress: '1 Main St', locality: 'Springfield', country: 'US' };
    expect(changed['addresses']).toEqual([address]);
  });

  it('a value that is added again and stands there twice', async () => {
    await done({ op: 'add', path: 'emails', value: [home] });
    await expectUntouched();
  });

  it('a replace of a complex attribute that drops its other parts', async () => {
    const changed = await done({ op: 'Replace', path: 'name', value: { familyName: 'King' } });
    expect(changed['name']).toEqual({ givenName: 'Ada', familyName: 'King' });
  });

  it('a replace without a path that replaces the whole person', async () => {
    const changed = await done({ op: 'replace', value: { displayName: 'Ada King' } });
    expect(changed).toEqual({ ...ada, displayName: 'Ada King', meta: expect.anything() });
  });

  it('dotted keys in a value that are kept as they are written', async () => {
    const changed = await done({
      op: 'replace',
      value: {
        'name.familyName': 'King',
        [`${EXT}:employeeNumber`]: '7',
        'emails[type eq "home"].display': 'H',
      },
    });
    expect(changed['name']).toEqual({ givenName: 'Ada', familyName: 'King' });
    expect(changed[EXT]).toEqual({ employeeNumber: '7' });
    expect(changed['emails']).toEqual([work, { ...home, display: 'H' }]);
    expect(Object.keys(changed).filter((name) => name.includes('.') && name !== EXT)).toEqual([]);
  });

  it('a URN that is taken apart at the dots of its version', async () => {
    expect(await done({ op: 'add', path: `${EXT}:department`, value: 'D' })).toMatchObject({
      [EXT]: { department: 'D' },
    });
    expect(await done({ op: 'replace', path: `${EXT}:manager.value`, value: 'm' })).toMatchObject({
      [EXT]: { department: 'D', manager: { value: 'm' } },
    });
    expect(await done({ op: 'replace', path: `${USER}:name.familyName`, value: 'King' })).toMatchObject({
      name: { familyName: 'King' },
    });
  });

  it.each<[string, object, string | undefined]>([
    ['a text', { op: 'Add', path: `${EXT}:manager`, value: 'm' }, 'm'],
    ['a list', { op: 'Add', path: 'manager', value: [{ value: 'm', $ref: '../Users/m' }] }, 'm'],
    ['a filter', { op: 'Remove', path: 'manager[value eq "old"]' }, undefined],
    ['an empty text', { op: 'Replace', path: `${EXT}:manager`, value: '' }, undefined],
    ['null', { op: 'Replace', path: `${EXT}:manager`, value: null }, undefined],
  ])('a manager that is said as %s and misunderstood', async (_form, operation, manager) => {
    await done({ op: 'add', path: `${EXT}:manager`, value: { value: 'old' } });
    const changed = await done(operation);
    const shown = (changed[EXT] as { manager: { value: string } } | undefined)?.manager.value;
    expect(shown).toBe(manager);
    expect(changed['schemas']).toEqual(manager === undefined ? [USER] : [USER, EXT]);
  });

  it('nulls in a list that are kept as values', async () => {
    const changed = await done({ op: 'replace', path: 'emails', value: [null, home, null] });
    expect(changed['emails']).toEqual([home]);
    expect(await done({ op: 'add', path: 'roles', value: [null] })).not.toHaveProperty('roles');
    expect(await done({ op: 'replace', path: 'emails', value: [null] })).not.toHaveProperty('emails');
  });

  it('a 400 when nothing changes', async () => {
    await done(
      { op: 'Replace', path: 'name.givenName', value: 'Ada' },
      { op: 'Add', path: 'emails', value: [work] },
    );
    await done({ op: 'remove', path: 'title' });
    await expectUntouched();
  });

  it('a 400 when there is no operation', async () => {
    expect((await done()).id).toBe(ada.id);
    await expectUntouched();
  });

  it('a path that nobody knows and that is accepted in silence', async () => {
    for (const op of ['add', 'replace', 'remove'])
      expect(await change({ op, path: 'shoeSize', value: 43 })).toMatchObject({
        status: 400,
        body: { scimType: 'invalidPath', detail: expect.stringContaining('shoeSize') },
      });
    await expectUntouched();
  });

  it('a key that nobody knows and that fails everything', async () => {
    const changed = await done({
      op: 'replace',
      name: 'x',
      value: { shoeSize: 43, title: 'T', name: { shoe: 1 } },
    });
    expect(changed).toMatchObject({ title: 'T', name: { givenName: 'Ada', familyName: 'Byron' } });
    expect(changed).not.toHaveProperty('shoeSize');
  });

  it('operations that stay done when a later one fails', async () => {
    for (const failing of [
      { op: 'replace', path: 'shoeSize', value: 1 },
      { op: 'replace', path: 'emails[type eq "fax"].value', value: 'x' },
      { op: 'replace', path: 'id', value: 'x' },
      { op: 'remove', path: 'userName' },
      { op: 'replace', path: 'active', value: {} },
      { op: 'jump', path: 'title', value: 'x' },
    ]) {
      const first = [
        { op: 'replace', path: 'active', value: false },
        { op: 'remove', path: 'emails' },
      ];
      expect((await change(...first, failing)).status).toBe(400);
    }
    await expectUntouched();
  });

  it('a person who can be sent away and not taken back', async () => {
    for (const way of [
      (value: boolean) => ({ op: 'replace', value: { active: value } }),
      (value: boolean) => ({ op: 'replace', path: 'active', value }),
    ]) {
      expect(await done(way(false))).toMatchObject({ active: false });
      expect(await done(way(true))).toMatchObject({ active: true });
    }
    expect((await directory.causes()).slice(1)).toEqual([
      'UserDeactivated',
      'UserReactivated',
      'UserDeactivated',
      'UserReactivated',
    ]);
  });

  it('a 405, and a deactivation that is lost by it', async () => {
    const config = (await directory.scim('GET', '/ServiceProviderConfig')).body;
    expect(config['patch']).toEqual({ supported: true });
    expect(await done({ op: 'replace', value: { active: false } })).toMatchObject({ active: false });
  });

  it.each<[string, object]>([
    ['without schemas', { Operations: [{ op: 'replace', path: 'title', value: 'T' }] }],
    [
      'with keys in other cases',
      { SCHEMAS: [PATCH_OP], operations: [{ OP: 'Replace', Path: 'Title', VALUE: 'T' }] },
    ],
    ['with null for no path', { Operations: [{ op: 'replace', path: null, value: { title: 'T' } }] }],
    [
      'with keys of its own',
      { id: '1', Operations: [{ name: 'n', op: 'Add', path: 'title', value: 'T', extra: 1 }] },
    ],
    ['with a list around one text', { Operations: [{ op: 'Add', path: 'title', value: ['T'] }] }],
    [
      'with a filter on what has one value',
      {
        Operations: [
          { op: 'Remove', path: 'manager[value eq "x"]' },
          { op: 'Add', path: 'title', value: 'T' },
        ],
      },
    ],
  ])('a strictness that refuses what an identity provider has begun to send: %s', async (_what, body) => {
    const answer = expected(200, await directory.scim('PATCH', `/Users/${ada.id}`, body));
    expect(answer.body).toMatchObject({ title: 'T' });
  });

  it('a replace that is not implemented', async () => {
    const changed = await done(
      { op: 'replace', path: 'displayName', value: 'A' },
      { op: 'replace', path: 'name.familyName', value: 'King' },
      { op: 'replace', path: 'emails', value: [home] },
      { op: 'replace', path: EXT, value: { department: 'D' } },
    );
    expect(changed).toMatchObject({
      displayName: 'A',
      name: { familyName: 'King' },
      emails: [home],
      [EXT]: { department: 'D' },
    });
  });
});
