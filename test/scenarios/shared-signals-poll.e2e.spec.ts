/** Polling of security event tokens (RFC 8936) by a receiver that verifies with `jose` only. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, USER, type Body, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { admin, eventually, type Admin } from '../support/index.js';
import { CAEP, PUSH, RISC, SCIM_EVENT, SSF, SsfReceiver, type Polled } from '../support/ssf-receiver.js';

const REVOKED = `${CAEP}session-revoked`;
const CLAIMS = `${CAEP}token-claims-change`;
const DISABLED = `${RISC}account-disabled`;
const ENABLED = `${RISC}account-enabled`;
const DEACTIVATED = `${SCIM_EVENT}deactivate`;
const UPDATED = `${SSF}stream-updated`;
const NOW = { returnImmediately: true };

let installation: Installation;
let hub: TestHub;
let operator: Admin;
let directory: TestDirectory;
let receiver: SsfReceiver;

beforeAll(async () => {
  installation = await startInstallation({ settings: { ROLLCALL_OAUTH_RATE_PER_ADDRESS: '0' } });
  hub = installation.hub;
  operator = await admin(installation.databaseUrl);
}, 60_000);
afterAll(async () => {
  await operator.close();
  await installation.close();
}, 60_000);
beforeEach(async () => {
  directory = await hub.connect();
  receiver = await SsfReceiver.of(hub, directory.organizationId);
});

async function makeAda(): Promise<Body> {
  return directory.makeUser('ada@example.com', { emails: [{ value: 'ada@example.com', primary: true }] });
}

async function setActive({ id }: Body, active: boolean): Promise<void> {
  expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', value: { active } }));
}

const typesOf = async (polled: Polled): Promise<string[]> =>
  (await receiver.told(polled)).map(([, eventType]) => eventType);
const jtisOf = ({ sets }: Polled): string[] => Object.keys(sets);

interface Receipt {
  state: string;
  jti: string | null;
  reason: string | null;
}

/** Of a stream, in order of what happened. */
function receiptsOf(stream: Body): Promise<Receipt[]> {
  return operator.rows<Receipt>(
    'select state, jti, reason from revocation_receipt where destination_id = $1 order by position',
    [stream['stream_id']],
  );
}

describe('polling only', () => {
  it('gives what has happened since the stream was made, signed, and again in the same bytes until it is acknowledged', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED, DISABLED, DEACTIVATED] });
    const ada = await makeAda();
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    await setActive(ada, false);
    const polled = await receiver.poll(stream, NOW);
    const told = await receiver.told(polled);
    expect(told.map(([, eventType]) => eventType)).toEqual([REVOKED, DISABLED, DEACTIVATED]);
    const [[, , payload]] = told as [(typeof told)[number]];
    const [event] = (await directory.events()).slice(-1);
    expect(payload).toMatchObject({
      txn: event!.id,
      sub_id: { format: 'email', email: 'ada@example.com' },
      events: { [REVOKED]: { reason_admin: { en: expect.any(String) } } },
      rollcall: { directory_id: directory.id, sequence: event!['context'].sequence },
    });
    expect(await receiver.poll(stream, NOW)).toEqual(polled);
  });

  it('gives at most as many as are asked for, and says when there are more', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED, DISABLED] });
    await setActive(await makeAda(), false);
    const one = await receiver.poll(stream, { ...NOW, maxEvents: 1 });
    expect(await typesOf(one)).toEqual([REVOKED]);
    expect(one.moreAvailable).toBe(true);
    const two = await receiver.poll(stream, { ...NOW, maxEvents: 2 });
    expect(await typesOf(two)).toEqual([REVOKED, DISABLED]);
    expect(two).not.toHaveProperty('moreAvailable');
  });

  it('waits for something to happen unless it is to return immediately', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    const ada = await makeAda();
    const waiting = receiver.poll(stream);
    // Sent after it and answered: the first has found nothing by then, and waits.
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    await setActive(ada, false);
    expect(await typesOf(await waiting)).toEqual([REVOKED]);
  });
});

describe('acknowledging', () => {
  it('without asking for more: nothing is given, and what was acknowledged never comes again', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED, DISABLED] });
    await setActive(await makeAda(), false);
    const ack = jtisOf(await receiver.poll(stream, NOW));
    expect(await receiver.poll(stream, { maxEvents: 0, ack })).toEqual({ sets: {} });
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    expect(await receiver.poll(stream, { maxEvents: 0, ack: [...ack, 'never-given'] })).toEqual({ sets: {} });
  });

  it('together with asking for more', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED, ENABLED] });
    const ada = await makeAda();
    await setActive(ada, false);
    const ack = jtisOf(await receiver.poll(stream, NOW));
    await setActive(ada, true);
    const polled = await receiver.poll(stream, { ...NOW, ack });
    expect(await typesOf(polled)).toEqual([ENABLED]);
  });

  it('in any order: what lies before it is given still, and nothing is left behind when all is acknowledged', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED, DISABLED] });
    await setActive(await makeAda(), false);
    await setActive(await directory.makeUser('bob', { emails: [{ value: 'bob@example.com' }] }), false);
    const [first, second, third, fourth] = jtisOf(await receiver.poll(stream, NOW));
    const rest = await receiver.poll(stream, { ...NOW, ack: [second, fourth] });
    expect(jtisOf(rest)).toEqual([first, third]);
    expect((await receiptsOf(stream)).map(({ state }) => state)).not.toContain('acknowledged');
    await receiver.poll(stream, { maxEvents: 0, ack: [third] });
    await receiver.poll(stream, { maxEvents: 0, ack: [first] });
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    expect(await receiptsOf(stream)).toMatchObject([
      { state: 'acknowledged', jti: first },
      { state: 'acknowledged', jti: third },
    ]);
    const kept = await operator.rows('select from ssf_answered where destination_id = $1', [
      stream['stream_id'],
    ]);
    expect(kept).toEqual([]);
  });

  it('leaves a receipt of what was asked for before anybody polls', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    await setActive(await makeAda(), false);
    await eventually(async () => {
      expect(await receiptsOf(stream)).toMatchObject([{ state: 'requested' }]);
    });
    const [jti] = jtisOf(await receiver.poll(stream, NOW));
    await receiver.poll(stream, { maxEvents: 0, ack: [jti] });
    expect(await receiptsOf(stream)).toEqual([{ state: 'acknowledged', jti, reason: null }]);
  });

  it('hears why a token was refused: it does not come again, and the receipt says so', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    await setActive(await makeAda(), false);
    const [jti] = jtisOf(await receiver.poll(stream, NOW)) as [string];
    const setErrs = { [jti]: { err: 'invalid_audience', description: 'we are somebody else' } };
    expect(await receiver.poll(stream, { ...NOW, setErrs })).toEqual({ sets: {} });
    expect(await receiptsOf(stream)).toMatchObject([
      { state: 'failed', reason: 'invalid_audience: we are somebody else' },
    ]);
    const warned = installation.programs[0].observations().filter(({ jti: named }) => named === jti);
    expect(warned).toMatchObject([{ level: 'warn', error: 'invalid_audience: we are somebody else' }]);
  });
});

describe('what is given', () => {
  it('is no revocation of somebody who is back, and everything else that happened', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED, DISABLED, ENABLED, DEACTIVATED] });
    const ada = await makeAda();
    await setActive(ada, false);
    await setActive(ada, true);
    const polled = await receiver.poll(stream, NOW);
    expect(await typesOf(polled)).toEqual([DEACTIVATED, ENABLED]);
    await receiver.poll(stream, { maxEvents: 0, ack: jtisOf(polled) });
    expect(await receiptsOf(stream)).toMatchObject([
      { state: 'superseded', reason: expect.stringContaining('UserReactivated') },
    ]);
  });

  it('is nothing of people whom the receiver took out, until they are added again', async () => {
    const stream = await receiver.makeStream({ events_requested: [DISABLED, ENABLED] });
    const ada = await makeAda();
    const body = { stream_id: stream['stream_id'], subject: { format: 'email', email: 'ADA@example.com' } };
    expect((await receiver.call('POST', 'remove_subject', body)).status).toBe(204);
    expect((await receiver.call('POST', 'remove_subject', body)).status).toBe(204);
    await setActive(ada, false);
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    const added = await receiver.call('POST', 'add_subject', body);
    expect([added.status, added.text]).toEqual([200, '']);
    await setActive(ada, true);
    expect(await typesOf(await receiver.poll(stream, NOW))).toEqual([ENABLED]);
  });

  it('is nothing of people who were taken out before anybody polled, and their receipts say so', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    await setActive(await makeAda(), false);
    await eventually(async () => {
      expect(await receiptsOf(stream)).toMatchObject([{ state: 'requested' }]);
    });
    const subject = { format: 'email', email: 'ada@example.com' };
    const body = { stream_id: stream['stream_id'], subject };
    expect((await receiver.call('POST', 'remove_subject', body)).status).toBe(204);
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    expect(await receiptsOf(stream)).toMatchObject([
      { state: 'superseded', reason: 'the destination does not hear of it any more' },
    ]);
  });

  it('leaves out everybody who was taken out, also while the stream is changed', async () => {
    const stream = await receiver.makeStream();
    const { stream_id } = stream;
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const answers = await Promise.all(
      numbers.flatMap((number) => [
        receiver.call('PATCH', 'configuration', { stream_id, description: `the ${number}th` }),
        receiver.call('POST', 'remove_subject', {
          stream_id,
          subject: { format: 'email', email: `user-${number}@example.com` },
        }),
      ]),
    );
    const others = answers.filter(({ status }) => status !== 200 && status !== 204);
    expect(
      others.filter(({ status, body }) => status !== 409 || body['code'] !== 'changed_meanwhile'),
    ).toEqual([]);
    const { settings } = (await hub.api('GET', `/destinations/${String(stream_id)}`)).body as Body & {
      settings: { subjects_removed: { email: string }[] };
    };
    expect(settings.subjects_removed.map(({ email }) => email).sort()).toEqual(
      numbers.map((number) => `user-${number}@example.com`).sort(),
    );
  });

  it('is also each change of the status by an operator that was not heard of before', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    const path = `/destinations/${String(stream['stream_id'])}`;
    for (const state of ['paused', 'enabled']) expected(200, await hub.api('PATCH', path, { state }));
    const told = await receiver.told(await receiver.poll(stream, NOW));
    expect(told.map(([, , { events }]) => events)).toEqual(
      ['paused', 'enabled'].map((status) => ({
        [`${SSF}stream-updated`]: { status, reason: 'changed by an operator' },
      })),
    );
  });

  it.each(['paused', 'disabled'])(
    'is that an operator has made it %s, at once and alone, until that is acknowledged',
    async (state) => {
      const stream = await receiver.makeStream({ events_requested: [REVOKED] });
      const path = `/destinations/${String(stream['stream_id'])}`;
      await setActive(await makeAda(), false);
      expected(200, await hub.api('PATCH', path, { state }));
      const stopped = await receiver.poll(stream, NOW);
      expect((await receiver.told(stopped)).map(([, , { events }]) => events)).toEqual([
        { [UPDATED]: { status: state, reason: 'changed by an operator' } },
      ]);
      expect(await receiver.poll(stream, NOW)).toEqual(stopped);
      expect(await receiver.poll(stream, { ...NOW, ack: jtisOf(stopped) })).toEqual({ sets: {} });
      expected(200, await hub.api('PATCH', path, { state: 'enabled' }));
      expect(await typesOf(await receiver.poll(stream, NOW))).toEqual([REVOKED, UPDATED]);
    },
  );

  it('is nothing of the stream itself when its receiver has paused it', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    const { stream_id } = stream;
    expected(200, await receiver.call('POST', 'status', { stream_id, status: 'paused' }));
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
  });

  it('is, to a poll that waits, that the stream was paused meanwhile', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    const polling = receiver.poll(stream);
    const path = `/destinations/${String(stream['stream_id'])}`;
    expected(200, await hub.api('PATCH', path, { state: 'paused' }));
    expect(await typesOf(await polling)).toEqual([UPDATED]);
  });

  it('is which groups a person is in, whenever that changes; with granting groups, which of those', async () => {
    const stream = await receiver.makeStream({ events_requested: [CLAIMS] });
    const some = await receiver.makeStream({ events_requested: [CLAIMS, REVOKED] });
    const makeGroup = async (displayName: string): Promise<Body> => {
      const group = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName };
      return expected(201, await directory.scim('POST', '/Groups', group)).body;
    };
    const [staff, admins] = [await makeGroup('Staff'), await makeGroup('Admins')];
    const filter = { group_ids: [staff.id] };
    expected(200, await hub.api('PATCH', `/destinations/${String(some['stream_id'])}`, { filter }));
    const ada = await makeAda();
    const change = async (op: 'add' | 'remove', { id }: Body): Promise<void> => {
      const operation =
        op === 'add'
          ? { op, path: 'members', value: [{ value: ada.id }] }
          : { op, path: `members[value eq "${ada.id}"]` };
      expect((await directory.patch(`/Groups/${id}`, operation)).status).toBeLessThan(300);
    };
    await change('add', staff);
    await change('add', admins);
    const rename = { op: 'replace', value: { displayName: 'Chiefs' } };
    expect((await directory.patch(`/Groups/${admins.id}`, rename)).status).toBeLessThan(300);
    await change('remove', staff);
    await change('remove', admins);
    const claimsIn = async (polled: Polled): Promise<unknown[]> =>
      (await receiver.told(polled)).map(([, type, { events }]) => {
        const { claims } = (events as Record<string, { claims?: { groups: string[] } }>)[type]!;
        return claims?.groups ?? type;
      });
    const polled = await receiver.poll(stream, NOW);
    expect(await claimsIn(polled)).toEqual([['Staff'], ['Admins', 'Staff'], ['Chiefs'], []]);
    expect(await receiver.poll(stream, NOW)).toEqual(polled);
    expect(await claimsIn(await receiver.poll(some, NOW))).toEqual([['Staff'], REVOKED, []]);
    await receiver.poll(stream, { maxEvents: 0, ack: jtisOf(polled) });
    expect(await receiptsOf(stream)).toEqual([]);
    await eventually(async () => {
      expect(await receiptsOf(some)).toMatchObject([{ state: 'requested' }]);
    });
  });

  it('is kept while the stream is paused, and lost while it is disabled', async () => {
    const stream = await receiver.makeStream({ events_requested: [DISABLED, ENABLED] });
    const { stream_id } = stream;
    const set = (status: string) => receiver.call('POST', 'status', { stream_id, status });
    const ada = await makeAda();
    await set('paused');
    await setActive(ada, false);
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    await set('enabled');
    const kept = await receiver.poll(stream, NOW);
    expect(await typesOf(kept)).toEqual([DISABLED]);
    await receiver.poll(stream, { maxEvents: 0, ack: jtisOf(kept) });
    await set('disabled');
    await setActive(ada, true);
    await set('enabled');
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    await setActive(ada, false);
    expect(await typesOf(await receiver.poll(stream, NOW))).toEqual([DISABLED]);
  });

  it('is the verification that was asked for, with its state', async () => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    const { stream_id } = stream;
    expect((await receiver.call('POST', 'verification', { stream_id, state: 'c3RhdGU' })).status).toBe(204);
    const polled = await receiver.poll(stream);
    expect((await receiver.told(polled)).map(([, , payload]) => payload)).toMatchObject([
      {
        sub_id: { format: 'opaque', id: stream_id },
        events: { [`${SSF}verification`]: { state: 'c3RhdGU' } },
      },
    ]);
    await receiver.poll(stream, { maxEvents: 0, ack: jtisOf(polled) });
    expect(await receiver.poll(stream, NOW)).toEqual({ sets: {} });
    expect(await receiptsOf(stream)).toEqual([]);
  });

  it('is everything once and in order, however much has happened', async () => {
    const stream = await receiver.makeStream({ events_requested: [`${SCIM_EVENT}create:notice`] });
    const Operations = Array.from({ length: 700 }, (_, index) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `u${index}`,
      data: { schemas: [USER], userName: `user-${index}` },
    }));
    const bulk = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations };
    expected(200, await directory.scim('POST', '/Bulk', bulk));
    const heard: string[] = [];
    let polled = await receiver.poll(stream, NOW);
    while (jtisOf(polled).length > 0) {
      for (const [, , payload] of await receiver.told(polled)) heard.push(payload['txn'] as string);
      polled = await receiver.poll(stream, { ...NOW, ack: jtisOf(polled) });
    }
    expect(heard).toEqual((await directory.events()).map(({ id }) => id));
    expect(heard).toHaveLength(700);
  });

  it('is for the stream alone: no receiver hears of another organization', async () => {
    const stream = await receiver.makeStream();
    const elsewhere = await hub.connect();
    await elsewhere.makeUser('eve');
    await makeAda();
    expect(await typesOf(await receiver.poll(stream, NOW))).toEqual([`${SCIM_EVENT}create:notice`]);
  });
});

describe('what a poll is refused for', () => {
  it.each<[string, object, RegExp]>([
    ['a negative number of events', { maxEvents: -1 }, /maxEvents/],
    ['a number that is a text', { maxEvents: '5' }, /maxEvents/],
    ['a choice that is neither true nor false', { returnImmediately: 'yes' }, /returnImmediately/],
    ['an acknowledgement that is no list', { ack: 'one' }, /ack must be a list/],
    ['an acknowledgement of what is no jti', { ack: [1] }, /ack must be a list/],
    [
      'more answers than one request may have',
      { ack: Array.from({ length: 1_001 }, (_, index) => `jti-${index}`) },
      /1000 members/,
    ],
    ['errors that are no object', { setErrs: ['one'] }, /setErrs must be a JSON object/],
    ['an error without a code', { setErrs: { one: { description: 'why' } } }, /err and description/],
  ])('%s', async (_, body, message) => {
    const stream = await receiver.makeStream();
    const { endpoint_url: url } = stream['delivery'] as { endpoint_url: string };
    const answer = await receiver.call('POST', url, body);
    expect([answer.status, answer.body['message']]).toEqual([400, expect.stringMatching(message)]);
  });

  it('a stream that is pushed, one of somebody else, and one that there is not', async () => {
    const delivery = { method: PUSH, endpoint_url: 'http://127.0.0.1:8080/events' };
    const pushed = await receiver.makeStream({ delivery });
    const path = (id: unknown): string => `${hub.url}/ssf/poll/${String(id)}`;
    const answer = await receiver.call('POST', path(pushed['stream_id']), NOW);
    expect([answer.status, answer.body['message']]).toEqual([
      400,
      expect.stringMatching(/delivered by push/),
    ]);
    const neighbour = await SsfReceiver.of(hub, directory.organizationId);
    const mine = await receiver.makeStream();
    expect((await neighbour.call('POST', path(mine['stream_id']), NOW)).status).toBe(404);
    expect((await receiver.call('POST', path('destination_none'), NOW)).status).toBe(404);
  });
});
