/** What an application hears of people who leave, in each protocol, believed by the published keys or the shared secret alone. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { admin, eventually, type Admin } from '../support/index.js';
import { expected, type Body, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import {
  callReceiver,
  commandReceiver,
  logoutReceiver,
  revocationReceiver,
  type Known,
  type SessionReceiver,
  type Told,
} from '../support/session-receivers.js';

const issuer = 'https://id.example.com';
const CLIENT = 's6BhdRkqt3';

let installation: Installation;
let rows: Admin;
let hub: TestHub;
let directory: TestDirectory;
let known: Known;
let app: SessionReceiver;

beforeAll(async () => {
  installation = await startInstallation({ settings: { ROLLCALL_PUBLIC_URL: issuer } });
  hub = installation.hub;
  known = { jwksUrl: `${hub.url}/.well-known/jwks.json`, issuer };
  rows = await admin(installation.databaseUrl);
}, 60_000);

afterAll(async () => {
  await rows.close();
  await installation.close();
}, 60_000);

beforeEach(async () => {
  directory = await hub.connect({ type: 'okta scim v2.0' });
});

afterEach(() => app.sink.close());

interface Spoken {
  protocol: string;
  path: string;
  settings: object;
  /** What a deactivation, a deletion and a way out of the last group mean here. */
  verbs: [deactivated: string, deleted: string, removed: string];
  open(): Promise<SessionReceiver>;
}

const secrets: string[] = [];
const openid = { client_id: CLIENT, subject_attribute: 'id' };
const END: Spoken['verbs'] = ['end', 'end', 'end'];

const PROTOCOLS: Spoken[] = [
  {
    protocol: 'global-token-revocation',
    path: '/revoke',
    settings: { subject: { format: 'opaque', attribute: 'id' } },
    verbs: END,
    open: () => revocationReceiver(known),
  },
  {
    protocol: 'back-channel-logout',
    path: '/logout',
    settings: openid,
    verbs: END,
    open: () => logoutReceiver(known, CLIENT),
  },
  {
    protocol: 'provider-command',
    path: '/command',
    settings: openid,
    verbs: ['suspend', 'delete', 'suspend'],
    open: () => commandReceiver(known, CLIENT),
  },
  {
    protocol: 'signed-call',
    path: '/end',
    settings: { subject: { format: 'opaque', attribute: 'id' } },
    verbs: END,
    open: () => callReceiver(secrets),
  },
];

/** A destination of the directory's organization at the application. */
async function tell(
  { protocol, path, settings }: Spoken,
  more: object = {},
  filter: object = {},
): Promise<Body & { secret?: string }> {
  const body = {
    protocol,
    filter,
    organization_id: directory.organizationId,
    settings: { endpoint_url: app.sink.url + path, ...settings, ...more },
  };
  const made = expected(201, await hub.api('POST', '/destinations', body)).body as Body & { secret?: string };
  secrets.splice(0, secrets.length, ...(made.secret ? [made.secret] : []));
  return made;
}

const person = (name: string): Promise<Body> =>
  directory.makeUser(`${name}@example.com`, { emails: [{ value: `${name}@example.com`, primary: true }] });

async function setActive({ id }: Body, active: boolean): Promise<void> {
  expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', value: { active } }));
}

async function leave(group: Body, { id }: Body): Promise<void> {
  const change = { op: 'remove', path: `members[value eq "${id}"]` };
  const { status } = await directory.patch(`/Groups/${group.id}`, change);
  expect([200, 204]).toContain(status);
}

const told = (count: number): Promise<Told[]> =>
  eventually(() => {
    if (app.told.length < count)
      throw new Error(`${app.told.length} of ${count}; not believed: ${app.doubts.join('; ')}`);
    return app.told;
  });

/** The application fails to answer well what it was told, and the person is back by then. @returns when they were. */
async function comesBackBeforeTheAnswer(someone: Body): Promise<Date> {
  let answer = (): void => {};
  app.moody = new Promise((resolve) => (answer = () => resolve({ status: 503 })));
  await setActive(someone, false);
  await told(1);
  await setActive(someone, true);
  const isBack = new Date();
  app.moody = null;
  answer();
  return isBack;
}

const said = (all: Told[]): [string, string][] => all.map(({ verb, person: id }) => [verb, id]);

/** The last receipt of somebody, once it stands so. */
const receipt = (state: string, { id }: Body): Promise<Record<string, unknown>> =>
  eventually(async () => {
    const found = await rows.rows<Record<string, unknown>>(
      'select * from revocation_receipt where person_id = $1 order by position desc limit 1',
      [id],
    );
    if (found[0]?.['state'] !== state) throw new Error(`it is ${JSON.stringify(found[0])}`);
    return found[0];
  });

describe.each(PROTOCOLS)('an application that speaks $protocol', (spoken) => {
  const [deactivated, deleted, removed] = spoken.verbs;

  beforeEach(async () => {
    app = await spoken.open();
  });

  it('ends the sessions of who is deactivated, and of who is deleted', async () => {
    await tell(spoken);
    const [ada, bob] = [await person('ada'), await person('bob')];
    await setActive(ada, false);
    await told(1);
    expected(204, await directory.scim('DELETE', `/Users/${bob.id}`));
    expect(said(await told(2))).toEqual([
      [deactivated, ada.id],
      [deleted, bob.id],
    ]);
    expect(app.doubts).toEqual([]);
    expect(await receipt('acknowledged', bob)).toMatchObject({ status: 204, attempts: 1 });
  });

  it('hears to which change a call belongs, and where that stands in its directory', async () => {
    await tell(spoken);
    const ada = await person('ada');
    await setActive(ada, false);
    const [{ request }] = (await told(1)) as [Told];
    const [event] = (await directory.events()).filter(({ context }) => context.cause === 'UserDeactivated');
    expect(request.headers).toMatchObject({
      'rollcall-txn': event!.id,
      'rollcall-directory': directory.id,
      'rollcall-sequence': String(event!.context.sequence),
    });
  });

  it('ends them when somebody leaves the last group that grants it, and not before', async () => {
    const ada = await person('ada');
    const [sales, support] = [
      await directory.makeGroup('Sales', [ada.id]),
      await directory.makeGroup('Support', [ada.id]),
    ];
    const elsewhere = await directory.makeGroup('Canteen', [ada.id]);
    await tell(spoken, {}, { group_ids: [sales.id, support.id] });
    await leave(elsewhere, ada);
    await leave(sales, ada);
    await leave(support, ada);
    expect(said(await told(1))).toEqual([[removed, ada.id]]);
    const acknowledged = await receipt('acknowledged', ada);
    expect(acknowledged).toMatchObject({ event_type: 'MembershipChanged', attempts: 1 });
    expect(app.told).toHaveLength(1);
  });

  it('ends them when the only group that grants it to somebody is deleted, and consumers hear of the group alone', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')];
    const sales = await directory.makeGroup('Sales', [ada.id, bob.id]);
    const support = await directory.makeGroup('Support', [bob.id]);
    await tell(spoken, {}, { group_ids: [sales.id, support.id] });
    expected(204, await directory.scim('DELETE', `/Groups/${sales.id}`));
    expect(said(await told(1))).toEqual([[removed, ada.id]]);
    expected(204, await directory.scim('DELETE', `/Groups/${support.id}`));
    expect(said(await told(2)).at(-1)).toEqual([removed, bob.id]);
    await receipt('acknowledged', bob);
    const names = (await directory.events()).map(({ event }) => event);
    expect(names.filter((name) => name === 'dsync.group.deleted')).toHaveLength(2);
    expect(names).not.toContain('dsync.group.user_removed');
  });

  it('is told of a changed password although the person was away and is back meanwhile', async () => {
    await tell(spoken, { causes: ['credential_changed'] });
    const ada = await person('ada');
    let answer = (): void => {};
    app.moody = new Promise((resolve) => (answer = () => resolve({ status: 503 })));
    const change = { op: 'replace', path: 'password', value: 'correct horse battery staple' };
    await directory.patch(`/Users/${ada.id}`, change);
    await told(1);
    await setActive(ada, false);
    await setActive(ada, true);
    app.moody = null;
    answer();
    const { event_type: type, attempts } = await receipt('acknowledged', ada);
    expect([type, attempts]).toEqual(['UserCredentialChanged', 2]);
  }, 30_000);

  it('is not told late of somebody who is back', async () => {
    await tell(spoken);
    const ada = await person('ada');
    const isBack = await comesBackBeforeTheAnswer(ada);
    const { reason } = await receipt('superseded', ada);
    expect(reason).toContain('UserReactivated');
    expect(said(app.told)).toEqual([[deactivated, ada.id]]);
    expect(app.sink.received.filter(({ at }) => at > isBack)).toEqual([]);
  }, 30_000);
});

describe('an application that speaks provider-command and hears of returns', () => {
  const spoken = PROTOCOLS[2]!;

  beforeEach(async () => {
    app = await spoken.open();
    await tell(spoken, { tells_return: true });
  });

  it('suspends and reactivates, in that order', async () => {
    const ada = await person('ada');
    await setActive(ada, false);
    await setActive(ada, true);
    await eventually(() => expect(said(app.told).at(-1)).toEqual(['reactivate', ada.id]));
    // Whether the suspension went out at all depends on who was faster; it never comes last.
    expect(said(app.told).slice(0, -1)).toEqual(app.told.length > 1 ? [['suspend', ada.id]] : []);
  });

  it('is told of the return although the suspension was dropped: its answer may only have been lost', async () => {
    const ada = await person('ada');
    await comesBackBeforeTheAnswer(ada);
    expect(said(await told(2))).toEqual([
      ['suspend', ada.id],
      ['reactivate', ada.id],
    ]);
    // A return ends no sessions, so there is nothing to confirm.
    await receipt('superseded', ada);
    expect(app.told).toHaveLength(2);
  }, 30_000);

  it('suspends at once, whatever it thinks of the return before', async () => {
    const ada = await person('ada');
    await setActive(ada, false);
    await told(1);
    app.moody = { status: 400, body: '{"error":"unsupported_command"}' };
    await setActive(ada, true);
    await told(2);
    app.moody = null;
    await setActive(ada, false);
    expect(said(await told(3)).at(-1)).toEqual(['suspend', ada.id]);
    await receipt('acknowledged', ada);
  }, 30_000);
});

describe('an application that speaks provider-command, hears of returns, and is granted by groups', () => {
  const spoken = PROTOCOLS[2]!;
  let ada: Body;
  let sales: Body;
  let support: Body;

  beforeEach(async () => {
    app = await spoken.open();
    ada = await person('ada');
    sales = await directory.makeGroup('Sales', [ada.id]);
    support = await directory.makeGroup('Support', []);
  });

  const grantedBy = (...groups: Body[]): object => ({ group_ids: groups.map(({ id }) => id) });
  const join = (group: Body, { id }: Body): Promise<unknown> =>
    directory.patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: id }] });

  it('reactivates who is in a granting group again, and nobody who is in one for the first time', async () => {
    await tell(spoken, { tells_return: true }, grantedBy(sales, support));
    const bob = await person('bob');
    await join(support, bob);
    await leave(sales, ada);
    await told(1);
    await join(support, ada);
    await join(sales, ada);
    expect(said(await told(2))).toEqual([
      ['suspend', ada.id],
      ['reactivate', ada.id],
    ]);
    await leave(support, ada);
    await leave(sales, ada);
    expect(said(await told(3)).at(-1)).toEqual(['suspend', ada.id]);
    await receipt('acknowledged', ada);
    expect(app.told).toHaveLength(3);
  });

  it('reactivates who was deactivated in a group and is active in one again', async () => {
    await tell(spoken, { tells_return: true, commands: { access_removed: 'invalidate' } }, grantedBy(sales));
    await setActive(ada, false);
    await told(1);
    await leave(sales, ada);
    await told(2);
    // Of somebody inactive a group alone makes no return.
    await join(sales, ada);
    await leave(sales, ada);
    await told(3);
    await setActive(ada, true);
    await join(sales, ada);
    expect(said(await told(4)).map(([verb]) => verb)).toEqual([
      ...['suspend', 'invalidate', 'invalidate', 'reactivate'],
    ]);
  });

  it('suspends at once, while it is still trying to tell of the return', async () => {
    await tell(spoken, { tells_return: true }, grantedBy(sales));
    await setActive(ada, false);
    await told(1);
    app.moody = { status: 503 };
    await setActive(ada, true);
    await told(2);
    app.moody = null;
    await setActive(ada, false);
    expect(said(await told(3)).at(-1)).toEqual(['suspend', ada.id]);
    await receipt('acknowledged', ada);
    expect(said(app.told).filter(([verb]) => verb === 'reactivate')).toHaveLength(1);
  });
});

describe('an application that speaks global-token-revocation', () => {
  const spoken = PROTOCOLS[0]!;
  const provider = 'https://idp.example.com/';

  beforeEach(async () => {
    app = await spoken.open();
  });

  it.each<[string, object, (ada: Body) => object]>([
    [
      'their email',
      { subject: { format: 'email' } },
      () => ({ sub_id: { format: 'email', email: 'ada@example.com' } }),
    ],
    [
      'the subject that the identity provider gave them',
      { subject: { format: 'iss_sub', issuer: provider, attribute: 'id' } },
      ({ id }) => ({ sub_id: { format: 'iss_sub', iss: provider, sub: id } }),
    ],
    [
      'the member of the older draft',
      { subject_key: 'subject' },
      ({ id }) => ({ subject: { format: 'opaque', id } }),
    ],
  ])('can be told of people by %s', async (_, settings, expectedOf) => {
    await tell(spoken, settings);
    const ada = await person('ada');
    await setActive(ada, false);
    const [{ request }] = (await told(1)) as [Told];
    expect(JSON.parse(request.body.toString())).toEqual(expectedOf(ada));
    expect(await receipt('acknowledged', ada)).toMatchObject({ status: 204, attempts: 1 });
  });

  it('acknowledges nothing with a 404 before its URL has answered 2xx, and afterwards says why it does', async () => {
    await tell(spoken);
    const [ada, bob] = [await person('ada'), await person('bob')];
    app.moody = { status: 404 };
    await setActive(ada, false);
    await eventually(async () => expect(await receipt('requested', ada)).toMatchObject({ status: 404 }));
    app.moody = null;
    await setActive(bob, false);
    await receipt('acknowledged', bob);
    app.moody = { status: 404 };
    const eve = await person('eve');
    await setActive(eve, false);
    expect(await receipt('acknowledged', eve)).toMatchObject({
      status: 404,
      reason: 'the application does not know this person: nothing to end',
    });
  });
});

describe('what an application does not believe', () => {
  it('is told to the operator with what to look at, and mended settings are used by the next attempt', async () => {
    const spoken = PROTOCOLS[1]!;
    app = await spoken.open();
    const { id } = await tell(spoken, { client_id: 'somebody-else' });
    const ada = await person('ada');
    await setActive(ada, false);
    const attempt = await eventually(async () => {
      const { data } = expected(200, await hub.api('GET', `/delivery_attempts?destination=${id}`)).body;
      expect(data).not.toHaveLength(0);
      return JSON.stringify(data[0]);
    });
    expect(attempt).toContain('see issuer, client_id and subject_attribute');
    expect(app.told).toEqual([]);
    const settings = { endpoint_url: `${app.sink.url}/logout`, ...spoken.settings };
    expected(200, await hub.api('PATCH', `/destinations/${id}`, { settings }));
    expect(said(await told(1))).toEqual([['end', ada.id]]);
    expect(app.doubts[0]).toContain('"aud"');
    await receipt('acknowledged', ada);
  }, 30_000);
});

describe('the secret of a signed call', () => {
  const spoken = PROTOCOLS[3]!;

  beforeEach(async () => {
    app = await spoken.open();
  });

  it('is shown once, when the destination is made', async () => {
    const { id, secret } = await tell(spoken);
    expect(secret).toMatch(/^whsec_/);
    for (const path of [`/destinations/${id}`, '/destinations', `/destinations/${id}/secrets`])
      expect(expected(200, await hub.api('GET', path)).text).not.toContain(secret);
  });

  it('is rotated without a pause: for the overlap each call is signed with both', async () => {
    const { id } = await tell(spoken);
    const rotated = expected(201, await hub.api('POST', `/destinations/${id}/secrets/rotate`, {})).body;
    // The receiver wants a signature of each that it knows.
    secrets.push(rotated['secret'] as string);
    const ada = await person('ada');
    await setActive(ada, false);
    expect(said(await told(1))).toEqual([['end', ada.id]]);
    expect(secrets).toHaveLength(2);
  });

  it('is no key pair, and asking for one says so', async () => {
    const { id } = await tell(spoken);
    const answer = await hub.api('POST', `/destinations/${id}/secrets/rotate`, { kind: 'ed25519' });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: 'kind', code: 'not_in_use' }] } });
    expect(answer.text).toContain('signed-call signs with hmac');
  });

  it('is not needed where tokens are signed with the published keys', async () => {
    const { id, secret } = await tell(PROTOCOLS[1]!);
    expect(secret).toBeUndefined();
    expect((await hub.api('POST', `/destinations/${id}/secrets/rotate`, {})).text).toContain(
      '/.well-known/jwks.json',
    );
  });
});

describe('settings that do not fit', () => {
  it.each<[string, object, string]>([
    ['back-channel-logout', { subject_attribute: 'id' }, 'client_id'],
    ['back-channel-logout', { client_id: CLIENT }, 'subject_attribute'],
    ['provider-command', { ...openid, commands: { deleted: 'activate' } }, 'commands.deleted'],
    ['provider-command', { ...openid, tells_return: true, causes: ['deleted'] }, 'tells_return'],
    ['signed-call', { target_seconds: 0 }, 'target_seconds'],
  ])('%s with %j: %s is named, and no destination is made', async (protocol, more, field) => {
    app = await callReceiver([]);
    const position = await hub.logPosition();
    const settings = { endpoint_url: app.sink.url, ...more };
    const body = { protocol, organization_id: directory.organizationId, settings };
    const answer = await hub.api('POST', '/destinations', body);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body['errors'])).toContain(field);
    expect(await hub.logPosition()).toBe(position);
  });
});
