/** People, groups and filters as fast-check imagines them, and the whole resource as a filter in memory sees it. */
import {
  ENTERPRISE_URN,
  GROUP_URN,
  USER_URN,
  type Attributes,
  type Json,
  type ResourceType,
} from '@app/scim';
import fc from 'fast-check';
import type { Membership } from '../memberships.js';
import type { PlacedUser } from '../users.js';

const WORDS = ['a', 'A', 'ab', 'Bea', 'é', 'É', 'Жук', '%', '_', "o'x", 'a"b\\', '🚀', 'work', 'Home'];
const word = fc.constantFrom(...WORDS);
const few = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: 1, maxLength: 3 });

const element = fc
  .record(
    { value: word, type: fc.constantFrom('work', 'Home'), display: word, primary: fc.boolean() },
    { requiredKeys: [] },
  )
  .filter((one) => Object.keys(one).length > 0);

const userAttributes: fc.Arbitrary<Attributes> = fc.record(
  {
    active: fc.boolean(),
    title: word,
    displayName: word,
    nickName: word,
    profileUrl: word,
    name: fc
      .record({ givenName: word, familyName: word }, { requiredKeys: [] })
      .filter((name) => Object.keys(name).length > 0),
    emails: few(element),
    roles: few(element),
    [ENTERPRISE_URN]: fc
      .record({ department: word, manager: fc.record({ value: word }) }, { requiredKeys: [] })
      .filter((extension) => Object.keys(extension).length > 0),
  },
  { requiredKeys: [] },
);

const MOMENTS = ['2030-01-01T12:00:00.000Z', '2030-01-01T12:00:00.001Z', '2030-06-01T00:00:00.000Z'];
const moment = fc.constantFrom(...MOMENTS);

/** Resources of one directory; each has a name of its own, some an external id. */
export function imagined(type: ResourceType, directoryId: string, count: number): PlacedUser[] {
  const attributes = fc.sample(type === 'User' ? userAttributes : fc.constant<Attributes>({}), count);
  const marks = fc.sample(
    fc.record({ created: moment, lastModified: moment, version: fc.integer({ min: 1, max: 3 }) }),
    count,
  );
  return attributes.map((more, index) => {
    const name = `${WORDS[index % WORDS.length]}${index}`;
    return {
      directoryId,
      id: `${directoryId}_${type}_${String(index).padStart(3, '0')}`,
      attributes: {
        ...(type === 'User' ? { userName: name } : { displayName: WORDS[index % WORDS.length]! }),
        ...(index % 2 === 0 ? { externalId: name } : {}),
        ...more,
      },
      ...marks[index]!,
    };
  });
}

/** The root under which the resources are seen. */
export const BASE_URL = 'https://rollcall.example/scim/v2';

/** The resource with what is stored beside its attributes, as `matches` wants to see it. @param named whoever lists may name. */
export function seen(
  type: ResourceType,
  resource: PlacedUser,
  memberships: Membership[],
  named: readonly PlacedUser[] = [],
): { [name: string]: Json } {
  const displayOf = (value: string): { display?: string } => {
    const { displayName, userName } = named.find((one) => one.id === value)?.attributes ?? {};
    const display = displayName ?? userName;
    return display === undefined ? {} : { display: display as string };
  };
  const linked = (value: string, of: ResourceType, label: string): Json => ({
    value,
    type: label,
    $ref: `${BASE_URL}/${of}s/${value}`,
    ...displayOf(value),
  });
  const { id, attributes, created, lastModified, version } = resource;
  const extended = Object.hasOwn(attributes, ENTERPRISE_URN);
  return {
    ...attributes,
    schemas: type === 'Group' ? [GROUP_URN] : extended ? [USER_URN, ENTERPRISE_URN] : [USER_URN],
    id,
    meta: {
      resourceType: type,
      created,
      lastModified,
      version: `W/"${version}"`,
      location: `${BASE_URL}/${type}s/${id}`,
    },
    ...(type === 'User'
      ? {
          groups: groupsSeen(id, memberships).map(({ value, type: how }) => linked(value, 'Group', how)),
        }
      : {
          members: memberships
            .filter(({ groupId }) => groupId === id)
            .map(({ memberId, memberType }) => linked(memberId, memberType, memberType)),
        }),
  };
}

/** The groups of somebody, and those around them: as a list that grows until nothing new is found. */
export function groupsSeen(id: string, memberships: Membership[]): { value: string; type: string }[] {
  const around = (inside: string): string[] =>
    memberships.filter(({ memberId }) => memberId === inside).map(({ groupId }) => groupId);
  const direct = around(id);
  const all = [...new Set(direct)];
  for (const group of all) for (const outer of around(group)) if (!all.includes(outer)) all.push(outer);
  return all.sort().map((value) => ({ value, type: direct.includes(value) ? 'direct' : 'indirect' }));
}

/** Filters as a caller writes them. */
export function filters(type: ResourceType, resources: PlacedUser[]): fc.Arbitrary<string> {
  const id = fc.constantFrom(...resources.map((resource) => resource.id), 'nobody');
  const quoted = (values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    values.map((value) => JSON.stringify(value));
  const text = quoted(fc.oneof(word, fc.constantFrom('', 'a0', 'BEA3', 'É5', 'b', 'e')));
  const operator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le');
  const equality = fc.constantFrom('eq', 'ne');
  const order = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le');
  const time = fc.oneof(moment, fc.constant('2030-01-01T13:00:00.001+01:00'));

  const compared = (names: string[]): fc.Arbitrary<string> =>
    fc
      .oneof(
        { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...names), operator, text) },
        { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...names), equality, fc.constant('null')) },
      )
      .map((parts) => parts.join(' '));
  const present = (names: string[]): fc.Arbitrary<string> =>
    fc.constantFrom(...names).map((name) => `${name} pr`);
  const flag = (name: string): fc.Arbitrary<string> =>
    fc.tuple(equality, fc.constantFrom('true', 'false', 'null')).map((parts) => [name, ...parts].join(' '));
  const combined = (leaf: fc.Arbitrary<string>, maxDepth: number): fc.Arbitrary<string> =>
    fc.letrec<{ filter: string }>((tie) => ({
      filter: fc.oneof(
        { maxDepth, withCrossShrink: true },
        leaf,
        fc
          .tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter'))
          .map((parts) => `(${parts.join(' ')})`),
        tie('filter').map((filter) => `not (${filter})`),
      ),
    })).filter;
  const inBrackets = (name: string, leaf: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    combined(leaf, 2).map((filter) => `${name}[${filter}]`);

  const linked = type === 'User' ? 'groups' : 'members';
  const address = fc.oneof(
    id.map((one) => `${BASE_URL}/${one.includes('_User_') ? 'User' : 'Group'}s/${one}`),
    fc.constantFrom('https://elsewhere.example', '/Users/'),
  );
  const meta = (prefix: string): fc.Arbitrary<string> =>
    fc
      .oneof(
        fc.tuple(fc.constantFrom('created', 'lastModified'), order, quoted(time)),
        fc.tuple(fc.constant('version'), equality, fc.constant('"W/\\"2\\""')),
        fc.tuple(fc.constant('resourceType'), equality, fc.constantFrom(`"${type}"`, '"Device"')),
        fc.tuple(fc.constantFrom('created', 'version'), fc.constant('pr')),
      )
      .map(([first, ...rest]) => [prefix + first, ...rest].join(' '));
  const common = [
    fc.tuple(fc.constant('id'), fc.oneof(equality, operator), quoted(id)).map((parts) => parts.join(' ')),
    compared(['externalId']),
    present(['id', 'externalId', 'meta', 'schemas', linked]),
    meta('meta.'),
    inBrackets('meta', meta('')),
    fc
      .tuple(equality, fc.constantFrom(USER_URN, GROUP_URN, ENTERPRISE_URN))
      .map(([op, urn]) => `schemas ${op} "${urn}"`),
    fc
      .tuple(fc.constantFrom(linked, `${linked}.value`), equality, quoted(id))
      .map((parts) => parts.join(' ')),
    compared([`${linked}.display`]),
    present([`${linked}.display`, `${linked}.$ref`, 'meta.location']),
    fc
      .tuple(fc.constantFrom(`${linked}.$ref`, 'meta.location'), operator, quoted(address))
      .map((parts) => parts.join(' ')),
    inBrackets(
      linked,
      fc.oneof(
        compared(['display']),
        fc.tuple(fc.constant('$ref'), equality, quoted(address)).map((parts) => parts.join(' ')),
        fc.tuple(fc.constant('value'), operator, quoted(id)).map((parts) => parts.join(' ')),
        fc
          .tuple(
            fc.constant('type'),
            equality,
            fc.constantFrom('"direct"', '"indirect"', '"User"', '"group"'),
          )
          .map((parts) => parts.join(' ')),
      ),
    ),
  ];
  if (type === 'Group') return combined(fc.oneof(compared(['displayName']), ...common), 3);
  const names = [
    'userName',
    'title',
    'displayName',
    'nickName',
    'profileUrl',
    'department',
    'manager',
    'name.givenName',
    'name.familyName',
  ];
  const lists = ['emails', 'emails.value', 'emails.type', 'emails.display', 'roles', 'roles.value'];
  const one = fc.oneof(
    compared(['value', 'type', 'display']),
    present(['value', 'type', 'primary']),
    flag('primary'),
  );
  return combined(
    fc.oneof(
      compared(names),
      present([...names, 'name', 'active', ENTERPRISE_URN, ...lists, 'emails.primary']),
      flag('active'),
      compared(lists),
      flag('emails.primary'),
      inBrackets('emails', one),
      fc
        .tuple(inBrackets('emails', one), operator, text)
        .map(([path, op, value]) => `${path}.value ${op} ${value}`),
      inBrackets('name', fc.oneof(compared(['givenName', 'familyName']), present(['givenName']))),
      inBrackets('manager', fc.oneof(compared(['value']), present(['value']))),
      ...common,
    ),
    3,
  );
}
