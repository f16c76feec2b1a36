import { describe, expect, it } from '@jest/globals';
import type { Attributes } from '../json.js';
import { parsePatch } from '../patch/parse.js';
import { readSchemaExtension } from '../schema/declared.js';
import { extendedShape } from '../schema/lookup.js';
import { refusalOf } from '../testing/refusal.js';
import { replacedBy } from './desire.js';
import { parseResource } from './parse.js';

const URN = 'urn:example:acme:2.0:User';
const immutable = { mutability: 'immutable' };
const shape = extendedShape('User', [
  readSchemaExtension(URN, {
    name: 'Acme',
    attributes: [
      { name: 'badge', ...immutable },
      { name: 'serial', caseExact: true, ...immutable },
      { name: 'skills', multiValued: true, ...immutable },
      { name: 'desk', type: 'complex', subAttributes: [{ name: 'room' }, { name: 'floor', ...immutable }] },
      {
        name: 'rooms',
        type: 'complex',
        multiValued: true,
        subAttributes: [{ name: 'value', ...immutable }, { name: 'type' }, { name: 'note', ...immutable }],
      },
      { name: 'nickname' },
    ],
  }),
]);

const ada: Attributes = {
  userName: 'ada',
  active: true,
  [URN]: {
    badge: 'A7',
    serial: 'x',
    skills: ['sewing', 'flying'],
    desk: { room: '12', floor: 'first' },
    rooms: [
      { value: '12', type: 'work', note: 'quiet' },
      { value: '13', type: 'home' },
    ],
    nickname: 'a',
  },
};
const own = ada[URN] as Attributes;

const put = (extension: object | undefined, current = ada): Attributes => {
  const body = { userName: 'ada', active: true, ...(extension === undefined ? {} : { [URN]: extension }) };
  return replacedBy(shape, parseResource(shape, body, 'generic'))(current);
};
const patch = (...Operations: object[]): Attributes =>
  parsePatch(shape, { Operations }, 'generic').apply(ada);
const mutability = (attribute: string): object => ({
  status: 400,
  scimType: 'mutability',
  detail: `${URN}:${attribute} is immutable: it has a value, which can neither change nor go. Send that value, or leave it out.`,
});

describe('a PUT', () => {
  it('that leaves out what is immutable keeps it, and clears the rest', () => {
    expect(put({})[URN]).toEqual({ badge: 'A7', serial: 'x', skills: ['sewing', 'flying'] });
    expect(put(undefined)[URN]).toEqual({ badge: 'A7', serial: 'x', skills: ['sewing', 'flying'] });
    expect(put({ badge: null, skills: [] })[URN]).toMatchObject({ badge: 'A7', skills: own['skills'] });
  });

  it('of the resource as it was shown changes nothing', () => {
    expect(put(own)).toEqual(ada);
  });

  it('that says an immutable value in another case or order changes nothing', () => {
    expect(put({ ...own, badge: 'a7', skills: ['FLYING', 'sewing'] })).toEqual(ada);
  });

  it.each<[string, string, object]>([
    ['another value', 'badge', { badge: 'B8' }],
    ['another case of what is case-exact', 'serial', { serial: 'X' }],
    ['one value more', 'skills', { skills: ['sewing', 'flying', 'singing'] }],
    ['another part of a complex value', 'desk.floor', { desk: { room: '12', floor: 'second' } }],
    [
      'another part of a value in a list',
      'rooms.note',
      { rooms: [{ value: '12', type: 'work', note: 'loud' }] },
    ],
  ])('is refused for %s', (_what, attribute, extension) => {
    expect(refusalOf(() => put(extension))).toMatchObject(mutability(attribute));
  });

  it('sets an immutable attribute that has no value yet', () => {
    const current = { userName: 'ada', active: true };
    expect(put({ badge: 'B8', desk: { floor: 'f' } }, current)[URN]).toEqual({
      badge: 'B8',
      desk: { floor: 'f' },
    });
  });

  it('keeps the immutable part of a complex value that it changes, and clears such a value as a whole', () => {
    expect(put({ desk: { room: '14' } })[URN]).toMatchObject({ desk: { room: '14', floor: 'first' } });
    expect(put({})[URN]).not.toHaveProperty('desk');
  });

  it('removes and adds values of a list whose parts are immutable', () => {
    const rooms = [
      { value: '13', type: 'home' },
      { value: '15', note: 'new' },
    ];
    expect((put({ rooms })[URN] as Attributes)['rooms']).toEqual(rooms);
  });
});

describe('a PATCH', () => {
  it.each<[string, object]>([
    ['badge', { op: 'replace', path: `${URN}:badge`, value: 'B8' }],
    ['badge', { op: 'add', value: { [`${URN}:badge`]: 'B8' } }],
    ['badge', { op: 'remove', path: `${URN}:badge` }],
    ['badge', { op: 'remove', path: URN }],
    ['skills', { op: 'add', path: `${URN}:skills`, value: ['singing'] }],
    ['skills', { op: 'remove', path: `${URN}:skills` }],
    ['desk.floor', { op: 'replace', path: `${URN}:desk.floor`, value: 'second' }],
    ['desk.floor', { op: 'remove', path: `${URN}:desk.floor` }],
  ])('of %s is refused: %j', (attribute, operation) => {
    expect(refusalOf(() => patch(operation))).toMatchObject(mutability(attribute));
  });

  it.each(['rooms[type eq "work"].value', 'rooms[value eq "12"].note', 'rooms.value'])(
    'of an immutable part of the values of a list is refused: %s',
    (path) => {
      const operation = { op: 'replace', path: `${URN}:${path}`, value: 'other' };
      expect(refusalOf(() => patch(operation))).toMatchObject({ status: 400, scimType: 'mutability' });
    },
  );

  it('that says what is there already is welcome', () => {
    expect(patch({ op: 'replace', path: `${URN}:badge`, value: 'A7' })).toEqual(ada);
  });

  it('sets what has no value yet, and may remove values of a list', () => {
    const note = { op: 'add', path: `${URN}:rooms[value eq "13"].note`, value: 'new' };
    const gone = { op: 'remove', path: `${URN}:rooms[value eq "12"]` };
    expect((patch(note, gone)[URN] as Attributes)['rooms']).toEqual([
      { value: '13', type: 'home', note: 'new' },
    ]);
  });

  it('of something else leaves what is immutable alone', () => {
    const after = patch({ op: 'replace', path: `${URN}:nickname`, value: 'b' });
    expect(after[URN]).toEqual({ ...own, nickname: 'b' });
  });
});
