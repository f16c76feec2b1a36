import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../testing/refusal.js';
import { createdFrom, replacedBy } from './desire.js';
import { parseResource } from './parse.js';

const user = (body: object) => parseResource('User', body, 'generic');
const group = (body: object) => parseResource('Group', body, 'generic');

describe('a new user', () => {
  it('is active unless somebody says otherwise', () => {
    expect(createdFrom('User', user({ userName: 'ada' }))).toEqual({ userName: 'ada', active: true });
    expect(createdFrom('User', user({ userName: 'ada', active: false }))).toEqual({
      userName: 'ada',
      active: false,
    });
  });

  it.each([{}, { userName: null }, { userName: '' }, { userName: '  ' }])('needs a userName: %j', (body) => {
    expect(refusalOf(() => createdFrom('User', user(body)))).toMatchObject({
      status: 400,
      scimType: 'invalidValue',
      detail: 'A User needs userName.',
    });
  });
});

describe('a new group', () => {
  it('has no active, and needs a displayName', () => {
    expect(createdFrom('Group', group({ displayName: 'g' }))).toEqual({ displayName: 'g' });
    expect(refusalOf(() => createdFrom('Group', group({}))).detail).toBe('A Group needs displayName.');
  });
});

describe('a PUT', () => {
  const current = { userName: 'ada', active: false, title: 'Countess', externalId: 'e' };

  it('clears what it does not say', () => {
    expect(replacedBy('User', user({ userName: 'ada', active: true }))(current)).toEqual({
      userName: 'ada',
      active: true,
    });
  });

  it.each([true, false])('without active leaves a person whose active is %s as they are', (active) => {
    expect(replacedBy('User', user({ userName: 'ada' }))({ ...current, active })).toEqual({
      userName: 'ada',
      active,
    });
  });

  it('with active null leaves it too', () => {
    expect(replacedBy('User', user({ userName: 'ada', active: null }))(current)['active']).toBe(false);
  });

  it('is refused at once when a required attribute is absent', () => {
    expect(refusalOf(() => replacedBy('User', user({})))).toMatchObject({
      status: 400,
      scimType: 'invalidValue',
    });
    expect(refusalOf(() => replacedBy('Group', group({ members: [] })))).toMatchObject({
      scimType: 'invalidValue',
    });
  });

  it('of the resource as it was shown changes nothing', () => {
    const body = user({ id: 'u', ...current, groups: [{ value: 'g' }], meta: { version: 'W/"3"' } });
    expect(replacedBy('User', body)(current)).toEqual(current);
  });
});
