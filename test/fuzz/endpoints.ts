/** Where the fuzz knocks. A new endpoint is one line: where it is, how often, and what is a good body there. */
import { BODIES, PATCHES, REQUESTS } from './corpus.js';
import type { Dice } from './dice.js';
import { idOf, percentEncoded, type World } from './world.js';
import { hostileText } from './hostile.js';

type Make<Made> = (dice: Dice, world: World) => Made;

export interface Endpoint {
  /** Methods that it is asked with besides random ones. */
  methods: readonly string[];
  weight: number;
  path: Make<string>;
  body: Make<unknown>;
}

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const none = (): undefined => undefined;
const fixed =
  (text: string): Make<string> =>
  () =>
    text;
const userPath: Make<string> = (dice, { users }) => `/Users/${idOf(dice, users)}`;
const groupPath: Make<string> = (dice, { groups }) => `/Groups/${idOf(dice, groups)}`;

/** Names few enough that they meet. */
const userName = (dice: Dice): string => `person-${dice.below(60)}@example.com`;

const member: Make<object> = (dice, { users, groups }) => ({
  value: dice.pick([...users.slice(-20), ...groups.slice(-5), 'nobody', '']),
});

const user: Make<unknown> = (dice) => {
  if (dice.chance(0.5)) return { schemas: [USER], userName: userName(dice), active: dice.chance(0.8) };
  const sent = dice.pick(BODIES.User);
  return typeof sent === 'object' && dice.chance(0.7)
    ? { ...sent, userName: userName(dice), externalId: userName(dice) }
    : sent;
};

const group: Make<unknown> = (dice, world) =>
  dice.chance(0.3)
    ? dice.pick(BODIES.Group)
    : { displayName: `group ${dice.below(9)}`, members: dice.times(4, () => member(dice, world)) };

/** The recorded ones name resources of their conversations; these here name ours. */
function filled(dice: Dice, world: World, value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(/\{\{[^{}]*\}\}/g, () =>
    dice.pick([...world.users, 'nobody']),
  );
  return JSON.parse(text) as unknown;
}

const userPatch: Make<unknown> = (dice, world) => filled(dice, world, dice.pick(PATCHES.User));

const groupPatch: Make<unknown> = (dice, world) =>
  dice.chance(0.5)
    ? filled(dice, world, dice.pick(PATCHES.Group))
    : {
        Operations: dice.times(3, () => ({
          op: dice.pick(['add', 'remove', 'replace']),
          path: 'members',
          value: dice.times(3, () => member(dice, world)),
        })),
      };

const bulk: Make<unknown> = (dice, world) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  ...(dice.chance(0.5) && { failOnErrors: dice.below(4) }),
  Operations: dice.times(6, () => {
    const [method, path, data] = dice.pick([
      ['POST', '/Users', user(dice, world)],
      [
        'POST',
        '/Groups',
        { displayName: 'bulk', members: [{ value: `bulkId:${dice.below(6)}` }, member(dice, world)] },
      ],
      ['PUT', userPath(dice, world), user(dice, world)],
      ['PATCH', userPath(dice, world), userPatch(dice, world)],
      ['PATCH', `/Groups/bulkId:${dice.below(6)}`, groupPatch(dice, world)],
      ['PATCH', groupPath(dice, world), groupPatch(dice, world)],
      ['DELETE', userPath(dice, world), undefined],
      ['GET', '/Users', undefined],
    ] as const);
    return { method, path, bulkId: String(dice.below(6)), ...(data === undefined ? {} : { data }) };
  }),
});

const search: Make<unknown> = (dice) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
  filter: dice.pick([
    'userName sw "person"',
    'displayName pr',
    'meta.created gt "2020-01-01T00:00:00Z"',
    hostileText(dice),
  ]),
  attributes: dice.pick([['userName'], ['emails', 'id'], hostileText(dice)]),
  sortBy: dice.pick(['userName', 'name.familyName', 'meta.lastModified', 'nothing']),
  sortOrder: dice.pick(['ascending', 'descending', 'sideways']),
  startIndex: dice.pick([1, 5, -1, 1e9]),
  count: dice.pick([0, 10, -1, 1e9]),
});

/** Below the SCIM root. */
export const SCIM_ENDPOINTS: readonly Endpoint[] = [
  { methods: ['POST'], weight: 5, path: fixed('/Users'), body: user },
  { methods: ['GET'], weight: 5, path: fixed('/Users'), body: none },
  { methods: ['GET'], weight: 2, path: userPath, body: none },
  { methods: ['PUT'], weight: 4, path: userPath, body: user },
  { methods: ['PATCH'], weight: 6, path: userPath, body: userPatch },
  { methods: ['DELETE'], weight: 1, path: userPath, body: none },
  { methods: ['POST'], weight: 3, path: fixed('/Groups'), body: group },
  { methods: ['GET'], weight: 3, path: fixed('/Groups'), body: none },
  { methods: ['GET'], weight: 2, path: groupPath, body: none },
  { methods: ['PUT'], weight: 3, path: groupPath, body: group },
  { methods: ['PATCH'], weight: 5, path: groupPath, body: groupPatch },
  { methods: ['DELETE'], weight: 1, path: groupPath, body: none },
  { methods: ['POST'], weight: 3, path: fixed('/Bulk'), body: bulk },
  { methods: ['POST'], weight: 1, path: fixed('/.search'), body: search },
  { methods: ['POST'], weight: 1, path: fixed('/Users/.search'), body: search },
  { methods: ['POST'], weight: 1, path: fixed('/Groups/.search'), body: search },
  { methods: ['GET', 'PATCH'], weight: 1, path: fixed('/Me'), body: userPatch },
  { methods: ['GET'], weight: 1, path: fixed('/ServiceProviderConfig'), body: none },
  {
    methods: ['GET'],
    weight: 1,
    path: (dice) => `/Schemas${dice.pick(['', `/${USER}`, `/${percentEncoded(hostileText(dice))}`])}`,
    body: none,
  },
  {
    methods: ['GET'],
    weight: 1,
    path: (dice) => `/ResourceTypes${dice.pick(['', '/User', `/${percentEncoded(hostileText(dice))}`])}`,
    body: none,
  },
  {
    methods: ['GET', 'POST'],
    weight: 1,
    path: (dice) => `/${percentEncoded(hostileText(dice))}`,
    body: user,
  },
  {
    methods: ['GET', 'POST'],
    weight: 1,
    path: (dice) => dice.pick(REQUESTS).path.replace(/[^\x21-\x7e]/g, '_'),
    body: userPatch,
  },
];

/** A part of a resource, with what to remove: the PATCH of SCIM 1.1. */
const part: Make<unknown> = (dice, world) => ({
  ...(user(dice, world) as object),
  ...(dice.chance(0.5) && {
    members: dice.times(3, () => ({
      ...member(dice, world),
      ...(dice.chance(0.5) && { operation: 'delete' }),
    })),
  }),
  ...(dice.chance(0.5) && {
    meta: {
      attributes: dice.times(3, () => dice.pick(['title', 'name.givenName', 'emails', 'nothing', ''])),
    },
  }),
});

/** Below the root of SCIM 1.1. */
export const SCIM_V1_ENDPOINTS: readonly Endpoint[] = [
  { methods: ['POST'], weight: 3, path: fixed('/Users'), body: user },
  { methods: ['GET'], weight: 3, path: (dice) => `/Users${dice.pick(['', '.json', '.xml'])}`, body: none },
  { methods: ['GET', 'DELETE'], weight: 1, path: userPath, body: none },
  { methods: ['PUT', 'POST'], weight: 3, path: userPath, body: user },
  { methods: ['PATCH', 'POST'], weight: 4, path: userPath, body: part },
  { methods: ['POST'], weight: 2, path: fixed('/Groups'), body: group },
  { methods: ['GET'], weight: 2, path: fixed('/Groups'), body: none },
  { methods: ['PUT'], weight: 2, path: groupPath, body: group },
  { methods: ['PATCH'], weight: 4, path: groupPath, body: part },
  { methods: ['GET', 'DELETE'], weight: 1, path: groupPath, body: none },
  { methods: ['POST'], weight: 1, path: fixed('/Bulk'), body: bulk },
  {
    methods: ['GET'],
    weight: 1,
    path: (dice) =>
      `/${dice.pick(['ServiceProviderConfigs', 'Schemas', 'Schemas/User', percentEncoded(hostileText(dice))])}`,
    body: none,
  },
];

const grant: Make<unknown> = (dice) =>
  [
    `grant_type=${dice.pick(['client_credentials', 'password', '', 'client_credentials&grant_type=x'])}`,
    ...dice.times(3, () =>
      dice.pick([
        'client_id=x',
        'client_secret=y',
        'scope=scim',
        '%',
        '=',
        percentEncoded(hostileText(dice)).slice(0, 2_000),
      ]),
    ),
    dice.pick([
      '',
      'client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c',
    ]),
  ].join('&');

/** Where clients fetch tokens: RFC 6749 §4.4. */
export const OAUTH_ENDPOINTS: readonly Endpoint[] = [
  { methods: ['POST'], weight: 1, path: fixed('/oauth/token'), body: grant },
];
