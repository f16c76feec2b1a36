import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import { GROUP_URN } from '../schema/group.js';
import { extendedShape, shapeOf, type Shape } from '../schema/lookup.js';
import { attribute, list } from '../schema/definition.js';
import { planBulk, type PlannedOperation, type Resolved } from './plan.js';
import { parseBulk } from './request.js';

function plan(
  operations: object[],
  shapes = shapeOf as (type: 'User' | 'Group') => Shape,
): PlannedOperation[] {
  let made = 0;
  return planBulk(parseBulk({ Operations: operations }, { maxOperations: 100, roots: [] }).operations, {
    shapeOf: shapes,
    newId: (type) => `${type.toLowerCase()}-${(made += 1)}`,
  });
}
const user = (bulkId: string, data: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: bulkId, ...data },
});
const group = (bulkId: string, data: object = {}) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: bulkId, ...data },
});
const patch = (path: string, ...Operations: object[]) => ({ method: 'PATCH', path, data: { Operations } });
const wanted = (planned: PlannedOperation | undefined): Resolved => {
  if (!planned || 'refusal' in planned.wanted) throw new Error('it is refused');
  return planned.wanted;
};
const refusal = (planned: PlannedOperation | undefined): object | undefined =>
  planned && 'refusal' in planned.wanted
    ? { status: planned.wanted.refusal.status, detail: planned.wanted.refusal.detail }
    : undefined;

describe('references in a bulk', () => {
  it('become ids in the members of a group, however these are written', () => {
    const members = [
      { value: 'bulkId:a' },
      'bulkId:a',
      { $ref: 'https://x.example/Users/bulkId:a' },
      { value: 'known' },
    ];
    const [, made] = plan([user('a'), group('g', { members })]);
    expect(wanted(made)).toEqual({
      method: 'POST',
      type: 'Group',
      id: 'group-2',
      version: undefined,
      data: {
        displayName: 'g',
        members: [
          { value: 'user-1' },
          'user-1',
          { $ref: 'https://x.example/Users/user-1' },
          { value: 'known' },
        ],
      },
    });
    expect(made?.needs).toEqual([0]);
  });

  it.each([
    [
      'an object',
      { [ENTERPRISE_URN]: { manager: { value: 'bulkId:m' } } },
      { [ENTERPRISE_URN]: { manager: { value: 'user-1' } } },
    ],
    ['a text', { [ENTERPRISE_URN]: { Manager: 'bulkId:m' } }, { [ENTERPRISE_URN]: { Manager: 'user-1' } }],
    [
      'a relative reference',
      { [ENTERPRISE_URN]: { manager: { $ref: '../Users/bulkId:m' } } },
      { [ENTERPRISE_URN]: { manager: { $ref: '../Users/user-1' } } },
    ],
    [
      'a full name',
      { [`${ENTERPRISE_URN}:manager`]: { value: 'bulkId:m' } },
      { [`${ENTERPRISE_URN}:manager`]: { value: 'user-1' } },
    ],
  ])('become ids in a manager written as %s', (_how, data, outcome) => {
    expect(wanted(plan([user('m'), user('a', data)])[1]).data).toEqual({ userName: 'a', ...outcome });
  });

  it('become ids in the values and paths of a PATCH', () => {
    const planned = plan([
      user('a'),
      patch(
        '/Groups/g-1',
        { op: 'add', path: 'members', value: [{ value: 'bulkId:a' }] },
        { op: 'remove', path: 'members[value eq "bulkId:a" or value eq "b"]' },
        { op: 'add', path: `${GROUP_URN}:members`, value: 'bulkId:a' },
        { op: 'add', value: { members: ['bulkId:a'] } },
      ),
      patch(
        '/Users/u-1',
        { OP: 'replace', PATH: 'manager', VALUE: 'bulkId:a' },
        { op: 'replace', path: 'manager.value', value: 'bulkId:a' },
        { op: 'add', path: ENTERPRISE_URN, value: { manager: 'bulkId:a' } },
        { op: 'add', value: { [`${ENTERPRISE_URN}:manager`]: 'bulkId:a' } },
      ),
    ]);
    expect(planned.map(({ needs }) => needs)).toEqual([[], [0], [0]]);
    expect(wanted(planned[1]).data).toEqual({
      Operations: [
        { op: 'add', path: 'members', value: [{ value: 'user-1' }] },
        { op: 'remove', path: 'members[value eq "user-1" or value eq "b"]' },
        { op: 'add', path: `${GROUP_URN}:members`, value: 'user-1' },
        { op: 'add', value: { members: ['user-1'] } },
      ],
    });
    expect(wanted(planned[2]).data).toEqual({
      Operations: [
        { OP: 'replace', PATH: 'manager', VALUE: 'user-1' },
        { op: 'replace', path: 'manager.value', value: 'user-1' },
        { op: 'add', path: ENTERPRISE_URN, value: { manager: 'user-1' } },
        { op: 'add', value: { [`${ENTERPRISE_URN}:manager`]: 'user-1' } },
      ],
    });
  });

  it('become ids in whatever a schema of the directory says refers to a resource', () => {
    const reference = attribute('$ref', '', { type: 'reference', referenceTypes: ['Group'] });
    const teams = list('teams', '', [attribute('value', ''), reference]);
    const desk = attribute('desk', '', { type: 'reference', referenceTypes: ['external'] });
    const urn = 'urn:example:teams';
    const shape = extendedShape('User', [
      { id: urn, name: 'Teams', description: '', attributes: [teams, desk] },
    ]);
    const data = { [urn]: { teams: [{ value: 'bulkId:g' }], desk: 'bulkId:g' } };
    const [, made] = plan([group('g'), user('a', data)], (type) => (type === 'User' ? shape : shapeOf(type)));
    expect(wanted(made).data).toMatchObject({ [urn]: { teams: [{ value: 'group-1' }], desk: 'bulkId:g' } });
  });

  it('are no references where no id may stand', () => {
    const data = {
      title: 'bulkId:nobody',
      emails: [{ value: 'bulkId:nobody' }],
      groups: [{ value: 'bulkId:nobody' }],
    };
    const [made] = plan([user('a', data)]);
    expect(wanted(made).data).toEqual({ userName: 'a', ...data });
    expect(made?.needs).toEqual([]);
  });

  it('become ids in paths', () => {
    const planned = plan([{ method: 'DELETE', path: '/Users/bulkId:a' }, user('a')]);
    expect(planned[0]).toMatchObject({ wanted: { id: 'user-1' }, needs: [1], madeBy: 1 });
    expect(planned[1]).toMatchObject({ wanted: { id: 'user-1' }, needs: [], madeBy: 1 });
  });

  it('tell bulkIds apart by case, and the word before them not', () => {
    const planned = plan([user('a'), user('A'), group('g', { members: ['BULKID:A'] })]);
    expect(wanted(planned[2]).data).toMatchObject({ members: ['user-2'] });
  });

  it('to oneself are lawful, and no circle', () => {
    const [made] = plan([user('a', { [ENTERPRISE_URN]: { manager: { value: 'bulkId:a' } } })]);
    expect(wanted(made).data).toMatchObject({ [ENTERPRISE_URN]: { manager: { value: 'user-1' } } });
    expect(made?.needs).toEqual([]);
  });

  it('to a bulkId that no operation has are refused by 409, and only there', () => {
    const planned = plan([group('g', { members: ['bulkId:x'] }), patch('/Users/bulkId:x'), user('a')]);
    const answer = {
      status: 409,
      detail: 'The bulkId "x" cannot be resolved: no operation of this bulk that makes a resource has it.',
    };
    expect(planned.map(refusal)).toEqual([answer, answer, undefined]);
  });

  it('to the bulkId of a change are refused: it makes nothing', () => {
    const change = { ...patch('/Users/u-1'), bulkId: 'c' };
    expect(refusal(plan([change, group('g', { members: ['bulkId:c'] })])[1])).toMatchObject({ status: 409 });
  });

  it('to a bulkId that two operations claim are refused, as are both of these: nobody knows who is meant', () => {
    const planned = plan([user('a'), user('a'), group('g', { members: ['bulkId:a'] }), user('b')]);
    expect(planned.map(refusal)).toMatchObject([
      { status: 400 },
      { status: 400 },
      { status: 409 },
      undefined,
    ]);
  });

  it('to an operation that is refused itself are needs like others', () => {
    const planned = plan([
      { method: 'POST', path: '/Printers', bulkId: 'p', data: {} },
      group('g', { members: ['bulkId:p'] }),
    ]);
    expect(planned[0]?.resource).toBeUndefined();
    expect(planned[1]?.needs).toEqual([0]);
  });

  it('are not looked for deeper than an id is ever written', () => {
    let deep: unknown = 'bulkId:a';
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    const planned = plan([user('a'), group('g', { members: deep })]);
    expect(planned[1]?.needs).toEqual([]);
    expect(refusal(planned[1])).toBeUndefined();
  });

  it('take no time to speak of in hostile texts', () => {
    const hostile = [
      `bulkId:${' '.repeat(1_000_000)}`,
      `${'/bulkId:'.repeat(100_000)}?`,
      `members["${'\\"'.repeat(500_000)}`,
    ];
    const started = performance.now();
    plan([
      group('g', { members: hostile }),
      patch(
        '/Groups/g-1',
        ...hostile.map((path) => ({
          op: 'remove',
          path: path.startsWith('members') ? path : `members[${path}`,
        })),
      ),
    ]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('are resolved or refused in every bulk, and never lost', () => {
    const names = ['a', 'b', 'c', 'd', 'unknown'];
    const operation = fc.record({
      bulkId: fc.constantFrom(...names.slice(0, 4)),
      kind: fc.constantFrom('User', 'Group', 'Patch'),
      refers: fc.array(fc.constantFrom(...names), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 8 }), (given) => {
        const planned = plan(
          given.map(({ bulkId, kind, refers }) => {
            const references = refers.map((name) => `bulkId:${name}`);
            if (kind === 'User')
              return user(bulkId, { [ENTERPRISE_URN]: { manager: references[0] ?? null } });
            if (kind === 'Group') return group(bulkId, { members: references });
            return patch('/Groups/g-1', { op: 'add', path: 'members', value: references });
          }),
        );
        const makers = given.map(({ kind, bulkId }) => (kind === 'Patch' ? undefined : bulkId));
        given.forEach(({ bulkId, kind, refers }, index) => {
          const meant = kind === 'User' ? refers.slice(0, 1) : refers;
          const by = meant.map((name) => makers.filter((maker) => maker === name).length);
          const own = kind === 'Patch' ? 1 : makers.filter((maker) => maker === bulkId).length;
          expect(refusal(planned[index]) !== undefined).toBe(own > 1 || by.some((count) => count !== 1));
          if (refusal(planned[index])) return;
          const needed = meant.map((name) => makers.indexOf(name)).filter((maker) => maker !== index);
          expect([...planned[index]!.needs].sort()).toEqual([...new Set(needed)].sort());
          const text = JSON.stringify(wanted(planned[index]).data);
          expect(text).not.toContain('bulkId:');
          for (const name of meant) expect(text).toContain(planned[makers.indexOf(name)]!.resource!.id);
        });
      }),
    );
  });
});
