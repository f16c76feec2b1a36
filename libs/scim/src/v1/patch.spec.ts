// The PATCH of SCIM 1.1, draft-scim-api-01 §3.3.2, on its own examples and on what old clients send.
import { describe, expect, it } from '@jest/globals';
import { equal, type Attributes } from '../json.js';
import type { MembershipStep } from '../patch/membership.js';
import { extendedShape } from '../schema/lookup.js';
import { attribute, list } from '../schema/definition.js';
import { refusalOf } from '../testing/refusal.js';
import { parsePatchV1 } from './patch.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const EXT_V1 = 'urn:scim:schemas:extension:enterprise:1.0';
const schemas = ['urn:scim:schemas:core:1.0'];

const babs: Attributes = {
  userName: 'bjensen',
  active: true,
  name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Jensen', givenName: 'Barbara' },
  nickName: 'Babs',
  emails: [
    { value: 'bjensen@example.com', type: 'work', primary: true },
    { value: 'babs@jensen.org', type: 'home' },
  ],
  phoneNumbers: [
    { value: '555-0100', type: 'work' },
    { value: '555-0100', type: 'home' },
  ],
  addresses: [
    { type: 'work', streetAddress: '100 Universal City Plaza', locality: 'Hollywood' },
    { type: 'home', streetAddress: '456 Hollywood Blvd', locality: 'Hollywood' },
  ],
  [EXT]: { department: 'Tour Operations', costCenter: '4130', manager: { value: '2819c223' } },
};

function patched(body: object): Attributes {
  return parsePatchV1('User', { schemas, ...body }, 'generic').apply(babs);
}

function changed(body: object): Attributes {
  const after = patched(body);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !equal(babs[name] ?? null, value)),
  );
}

function membersAfter(body: object): MembershipStep[] {
  return parsePatchV1('Group', { schemas, ...body }, 'generic').members;
}

describe('a PATCH of SCIM 1.1', () => {
  it('replaces single values and leaves the others alone', () => {
    expect(changed({ nickName: 'Barb', active: 'False' })).toEqual({ nickName: 'Barb', active: false });
    expect(patched({ nickName: 'Barb' })).toEqual({ ...babs, nickName: 'Barb' });
  });

  it('merges the parts of a complex value', () => {
    expect(changed({ name: { familyName: 'Smith' } })).toEqual({
      name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Smith', givenName: 'Barbara' },
    });
  });

  it.each([
    [{ meta: { attributes: ['nickName'] } }, { nickName: undefined }],
    [{ Meta: { Attributes: 'nickname' } }, { nickName: undefined }],
    [
      { meta: { attributes: ['name.familyName'] } },
      { name: { formatted: 'Ms. Barbara J Jensen III', givenName: 'Barbara' } },
    ],
    [{ meta: { attributes: ['name', 'emails'] } }, { name: undefined, emails: undefined }],
    [{ meta: { attributes: ['urn:scim:schemas:core:1.0:nickName'] } }, { nickName: undefined }],
    [
      { meta: { attributes: [`${EXT_V1}:manager.managerId`] } },
      { [EXT]: { department: 'Tour Operations', costCenter: '4130' } },
    ],
    [
      { meta: { attributes: [`${EXT_V1}:department`, 'costCenter'] } },
      { [EXT]: { manager: { value: '2819c223' } } },
    ],
    [{ meta: { attributes: [EXT_V1] } }, { [EXT]: undefined }],
  ])('removes what meta.attributes names: %j', (body, difference) => {
    const after = patched(body);
    expect(after).toEqual({ ...babs, ...difference });
    for (const [name, value] of Object.entries(difference)) expect(name in after).toBe(value !== undefined);
  });

  it('removes first and merges then, so that what is named and given is replaced', () => {
    expect(
      changed({
        meta: { attributes: ['userName', 'name', 'emails'] },
        userName: 'babs',
        name: { givenName: 'Babs' },
        emails: [{ value: 'b@x.org' }, { value: 'babs@jensen.org', operation: 'delete' }],
      }),
    ).toEqual({ userName: 'babs', name: { givenName: 'Babs' }, emails: [{ value: 'b@x.org' }] });
  });

  it('replaces a whole extension that is named and given', () => {
    expect(changed({ meta: { attributes: [EXT_V1] }, [EXT_V1]: { division: 'Parks' } })).toEqual({
      [EXT]: { division: 'Parks' },
    });
  });

  it('refuses to leave a required attribute without a value, and a name that is none', () => {
    const refused = (body: object) => refusalOf(() => patched(body));
    expect(refused({ meta: { attributes: ['userName'] } })).toMatchObject({
      status: 400,
      scimType: 'mutability',
    });
    expect(refused({ meta: { attributes: ['userName'] }, userName: '' })).toMatchObject({
      scimType: 'mutability',
    });
    expect(refused({ meta: { attributes: ['groups'] } })).toMatchObject({ scimType: 'mutability' });
    const names = Array.from({ length: 1001 }, () => 'title');
    expect(refused({ meta: { attributes: names } })).toMatchObject({ status: 400, scimType: 'tooMany' });
    expect(refused({ [EXT_V1]: 7 })).toMatchObject({ status: 400, scimType: 'invalidValue' });
    expect(refused({ meta: { attributes: [7] } }).detail).toBe(
      'meta.attributes must be a list of the names of the attributes to remove.',
    );
  });

  it('drops what it does not know, says so, and drops what callers may not change', () => {
    const body = {
      schemas,
      id: 'x',
      groups: [{ value: 'g' }],
      shoeSize: 44,
      meta: { attributes: ['hat'] },
      emails: [{ value: 'babs@jensen.org', note: 1 }],
    };
    const { apply, ignored } = parsePatchV1('User', body, 'generic');
    expect(apply(babs)).toEqual(babs);
    expect(ignored.sort()).toEqual(['emails.note', 'meta.attributes hat', 'shoeSize']);
  });

  it('notes a password and keeps none', () => {
    const patch = parsePatchV1('User', { schemas, password: 'secret' }, 'generic');
    expect([patch.hasPassword, patch.apply(babs)]).toEqual([true, babs]);
  });

  it('means a person by managerId', () => {
    expect(changed({ [EXT_V1]: { manager: { managerId: '271', displayName: 'Jo' } } })).toEqual({
      [EXT]: { department: 'Tour Operations', costCenter: '4130', manager: { value: '271' } },
    });
    expect(changed({ manager: { managerID: '271' } })[EXT]).toMatchObject({ manager: { value: '271' } });
    expect(changed({ [EXT_V1]: { manager: { managerId: '' } } })[EXT]).not.toHaveProperty('manager');
  });

  it('is the PATCH of 2.0 for whoever sends that here, since a deactivation must not get lost', () => {
    expect(changed({ Operations: [{ op: 'replace', path: 'active', value: false }] })).toEqual({
      active: false,
    });
  });

  it.each([null, [], 'x', 7])('is a JSON object: %j', (body) => {
    expect(refusalOf(() => parsePatchV1('User', body, 'generic'))).toMatchObject({
      status: 400,
      scimType: 'invalidSyntax',
      detail: expect.stringContaining('meta.attributes'),
    });
  });
});

describe('a list in a PATCH of SCIM 1.1', () => {
  it('gains a value that is not there, and the mark of primary moves to it', () => {
    const emails = [{ value: 'new@x.org', type: 'work', primary: true }];
    expect(changed({ emails })).toEqual({
      emails: [
        { value: 'bjensen@example.com', type: 'work', primary: false },
        { value: 'babs@jensen.org', type: 'home' },
        { value: 'new@x.org', type: 'work', primary: true },
      ],
    });
  });

  it('takes over what is given with a value that is there, in any case of letters', () => {
    const emails = [{ value: 'BABS@jensen.org', display: 'Babs', primary: 'true' }];
    expect(changed({ emails })['emails']).toEqual([
      { value: 'bjensen@example.com', type: 'work', primary: false },
      { value: 'BABS@jensen.org', type: 'home', display: 'Babs', primary: true },
    ]);
  });

  it('may give a value that is there another type', () => {
    expect(changed({ emails: [{ value: 'babs@jensen.org', type: 'other' }] })['emails']).toEqual([
      { value: 'bjensen@example.com', type: 'work', primary: true },
      { value: 'babs@jensen.org', type: 'other' },
    ]);
  });

  it.each([
    [{ value: 'babs@jensen.org', operation: 'delete' }],
    [{ value: 'BABS@jensen.org', type: 'Home', display: 'x', Operation: 'Delete' }],
  ])('loses the value that is to be deleted, and no other: %j', (value) => {
    expect(changed({ emails: [value] })['emails']).toEqual([
      { value: 'bjensen@example.com', type: 'work', primary: true },
    ]);
  });

  it('keeps all when the value to delete is not there, so that a retry is harmless', () => {
    expect(changed({ emails: [{ value: 'x@y.z', operation: 'delete' }] })).toEqual({});
  });

  it('loses no value of another type: a retry must not take the other of two', () => {
    const body = { phoneNumbers: [{ value: '555-0100', type: 'home', operation: 'delete' }] };
    const once = patched(body);
    expect(once['phoneNumbers']).toEqual([{ value: '555-0100', type: 'work' }]);
    expect(parsePatchV1('User', body, 'generic').apply(once)).toEqual(once);
  });

  it('deletes before it adds, in whatever order the values stand', () => {
    const emails = [
      { value: 'bjensen@example.com', type: 'other' },
      { value: 'bjensen@example.com', operation: 'delete' },
    ];
    expect(changed({ emails })['emails']).toEqual([
      { value: 'babs@jensen.org', type: 'home' },
      { value: 'bjensen@example.com', type: 'other' },
    ]);
  });

  it('tells values that are the same apart by their type', () => {
    const rest = [{ value: '555-0100', type: 'work' }];
    expect(
      changed({ phoneNumbers: [{ value: '555-0100', type: 'home', operation: 'delete' }] })['phoneNumbers'],
    ).toEqual(rest);
    expect(
      changed({ phoneNumbers: [{ value: '555-0100', type: 'Home', display: 'h' }] })['phoneNumbers'],
    ).toEqual([...rest, { value: '555-0100', type: 'Home', display: 'h' }]);
    expect(changed({ phoneNumbers: [{ value: '555-0100', type: 'fax' }] })['phoneNumbers']).toHaveLength(3);
    expect(changed({ phoneNumbers: [{ value: '555-0100', operation: 'delete' }] })).toEqual({});
    expect('phoneNumbers' in patched({ phoneNumbers: [{ value: '555-0100', operation: 'delete' }] })).toBe(
      false,
    );
  });

  it('knows an address, which has no value, by all that is said of it', () => {
    const work = { type: 'work', streetAddress: '100 Universal City Plaza', locality: 'Hollywood' };
    const moved = { type: 'work', streetAddress: '911 Universal City Plaza', locality: 'Hollywood' };
    expect(changed({ addresses: [{ ...work, operation: 'delete' }, moved] })['addresses']).toEqual([
      { type: 'home', streetAddress: '456 Hollywood Blvd', locality: 'Hollywood' },
      moved,
    ]);
    expect(changed({ addresses: [{ ...moved, operation: 'delete' }] })).toEqual({});
    expect(changed({ addresses: [work] })).toEqual({});
  });

  it.each([null, [], '', [null]])('that is given as %j loses nothing and gains nothing', (emails) => {
    expect(changed({ emails })).toEqual({});
  });

  it('refuses an operation that 1.1 does not have, rather than to bring back what was to go', () => {
    expect(refusalOf(() => patched({ emails: [{ value: 'x', operation: 'remove' }] }))).toMatchObject({
      status: 400,
      scimType: 'invalidValue',
      detail: 'The operation of a value of emails must be "delete", not "remove".',
    });
  });

  it('holds a bounded number of values, however its name is spelled', () => {
    const values = (from: number): object[] =>
      Array.from({ length: 600 }, (_each, index) => ({ value: `${from + index}@x` }));
    const refusal = refusalOf(() => patched({ emails: values(0), Emails: values(600) }));
    expect(refusal).toMatchObject({ status: 400, scimType: 'tooMany' });
  });

  it("of a directory's own schema is merged too", () => {
    const urn = 'urn:example:2.0:Desk';
    const shape = extendedShape('User', [
      {
        id: urn,
        name: 'Desk',
        description: 'Desks',
        attributes: [
          list('desks', 'Desks.', [attribute('value', 'The desk.')]),
          attribute('labels', 'Labels.', { multiValued: true }),
        ],
      },
    ]);
    const apply = (body: object, current: Attributes) => parsePatchV1(shape, body, 'generic').apply(current);
    const first = apply(
      { [urn]: { desks: [{ value: 'a' }], labels: ['x', { value: 'y' }] } },
      { userName: 'u' },
    );
    expect(first).toEqual({ userName: 'u', [urn]: { desks: [{ value: 'a' }], labels: ['x', 'y'] } });
    const body = {
      [urn]: { desks: [{ value: 'A', operation: 'delete' }], labels: [{ value: 'X', operation: 'delete' }] },
    };
    expect(apply(body, first)).toEqual({ userName: 'u', [urn]: { labels: ['y'] } });
  });
});

describe('members in a PATCH of SCIM 1.1', () => {
  it.each<[object, MembershipStep[]]>([
    [{ members: [{ value: 'a', display: 'A' }, { value: 'b' }] }, [{ kind: 'add', ids: ['a', 'b'] }]],
    [{ members: [{ value: 'a', operation: 'delete' }] }, [{ kind: 'remove', ids: ['a'] }]],
    [
      { members: [{ value: 'b' }, { value: 'a', operation: 'delete' }] },
      [
        { kind: 'remove', ids: ['a'] },
        { kind: 'add', ids: ['b'] },
      ],
    ],
    [{ meta: { attributes: ['members'] } }, [{ kind: 'replace', ids: [] }]],
    [{ meta: { attributes: ['members'] }, members: [{ value: 'a' }] }, [{ kind: 'replace', ids: ['a'] }]],
    [
      { meta: { attributes: ['members'] }, members: [{ value: 'a' }, { value: 'b', operation: 'delete' }] },
      [{ kind: 'replace', ids: ['a'] }],
    ],
    [{ members: [] }, []],
    [{ members: null }, []],
    [{ displayName: 'x' }, []],
    [{ members: 'a' }, [{ kind: 'add', ids: ['a'] }]],
  ])('%j', (body, steps) => {
    expect(membersAfter(body)).toEqual(steps);
  });

  it('are named, or the request is refused', () => {
    expect(refusalOf(() => membersAfter({ members: [{ operation: 'delete' }] }))).toMatchObject({
      status: 400,
      scimType: 'invalidValue',
    });
  });

  it('come with a name of the group that Okta sends every time', () => {
    const { apply, members } = parsePatchV1('Group', { schemas, id: 'x', displayName: 'New' }, 'okta');
    expect([apply({ displayName: 'Old' }), members]).toEqual([{ displayName: 'New' }, []]);
  });
});
