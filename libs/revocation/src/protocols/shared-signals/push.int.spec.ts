/** Streams of security events on a real log: what is pushed, again and again, and what the receipts say of it. */
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { announce, createReplay, protocolsByName, pump, route, toldUntil } from '@app/delivery';
import { operationsOf, type StreamEvent, type User } from '@app/directory';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { ada, admins } from '../../../../delivery/src/testing/events.js';
import type { PlainEvent, Stage } from '../../../../delivery/src/testing/stage.js';
import type { Sink } from '../../../../../test/support/index.js';
import { onStage } from '../../../../../test/support/on-stage.js';
import {
  EVENT_TYPES_SUPPORTED,
  SCIM_DEACTIVATED,
  SESSION_REVOKED,
  STREAM_UPDATED,
  TOKEN_CLAIMS_CHANGE,
} from './event-types.js';
import { sharedSignals } from './shared-signals.protocol.js';

jest.setTimeout(60_000);

const ISSUER = 'https://rollcall.test';
const AUDIENCE = 'https://app.example.com/ssf';

let stage: Stage;
let sink: Sink;
let organization: string;
let person: User;
let verify: (token: string) => Promise<JWTPayload>;
let sign: Stage['engine']['sign'];

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key_1' }] });
  sign = (claims, typ) =>
    new SignJWT(claims).setProtectedHeader({ typ, alg: 'RS256', kid: 'key_1' }).sign(privateKey);
  verify = async (token) => {
    const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'secevent+jwt', algorithms: ['RS256'] };
    return (await jwtVerify(token, keys, options)).payload;
  };
});

onStage((set) => {
  ({ stage, sink, organization } = set);
  person = { ...ada, id: `ada_of_${organization}` };
  stage.engine.protocols = protocolsByName([sharedSignals]);
  stage.engine.sign = sign;
  sink.answers({ status: 202 });
});

const stream = (more: object = {}, filter: Record<string, unknown> = {}): Promise<string> =>
  stage.destination({
    protocol: sharedSignals.name,
    settings: {
      delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: sink.url },
      audience: AUDIENCE,
      events_requested: [SESSION_REVOKED, SCIM_DEACTIVATED],
      ...more,
    },
    filter,
    organizationId: organization,
  });

const happens = (type: string, more: Partial<PlainEvent> = {}): PlainEvent => ({
  ...{ type, subjects: [person.id], data: { user: person } },
  ...more,
});
const leaves = (): PlainEvent => happens('UserDeactivated', { previous: { active: true } });
const comesBack = (): PlainEvent => happens('UserReactivated', { previous: { active: false } });

async function work(...ids: string[]): Promise<void> {
  await route(stage.engine, stage.errands);
  for (const id of ids) await pump(stage.engine, id);
}

const tokens = (): string[] => sink.received.map(({ body }) => body.toString());

/** The event types of all that was received, each token verified. */
async function told(): Promise<string[]> {
  const claims = await Promise.all(tokens().map(verify));
  return claims.flatMap(({ events }) => Object.keys(events as object));
}

const receipts = (): Promise<Record<string, unknown>[]> =>
  stage.database.rows('select * from revocation_receipt where organization_id = $1 order by position', [
    organization,
  ]);

describe('a stream that is pushed', () => {
  it('gets each token by itself, and the receipt has the id of the one that ended the sessions', async () => {
    const id = await stream();
    await stage.append(organization, [leaves()]);
    await work(id);
    expect(await told()).toEqual([SESSION_REVOKED, SCIM_DEACTIVATED]);
    const { jti } = await verify(tokens()[0]!);
    expect(await receipts()).toMatchObject([
      { state: 'acknowledged', attempts: 1, status: 202, jti, endpoint: sink.url, person_id: person.id },
    ]);
  });

  it('gets the same bytes in each attempt, so that it knows what it has already', async () => {
    const id = await stream();
    sink.answers((_, index) => ({ status: index === 1 ? 503 : 202 }));
    await stage.append(organization, [leaves()]);
    await work(id);
    stage.clock.skip(60);
    await work(id);
    expect(await told()).toEqual([SESSION_REVOKED, SCIM_DEACTIVATED, SESSION_REVOKED, SCIM_DEACTIVATED]);
    const [one, two, oneAgain, twoAgain] = tokens();
    expect([oneAgain, twoAgain]).toEqual([one, two]);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', attempts: 2 }]);
  });

  it('has confirmed the end of the sessions when it took that token, although it is still told the others', async () => {
    const id = await stream();
    sink.answers((_, index) => ({ status: index === 0 ? 202 : 503 }));
    await stage.append(organization, [leaves()]);
    await work(id);
    const { jti } = await verify(tokens()[0]!);
    const [receipt] = await receipts();
    expect(receipt).toMatchObject({ state: 'acknowledged', attempts: 1, status: 202, jti, reason: null });
    const [started, acknowledged] = [
      receipt!['first_attempt_at'] as Date,
      receipt!['acknowledged_at'] as Date,
    ];
    expect(acknowledged.getTime()).toBeGreaterThanOrEqual(started.getTime());
    expect(await stage.parked(id)).toMatchObject([{ state: 'waiting', attempts: 1 }]);
    await stage.append(organization, [comesBack()]);
    sink.answers({ status: 202 });
    stage.clock.skip(60);
    await work(id);
    expect(await told()).toEqual([SESSION_REVOKED, SCIM_DEACTIVATED, SCIM_DEACTIVATED]);
    expect(await stage.parked(id)).toEqual([]);
    // They did end: that the person is back changes nothing about it.
    expect(await receipts()).toEqual([receipt]);
  });

  it('has confirmed nothing while it refuses that token, whatever else it would take', async () => {
    const id = await stream();
    sink.answers((_, index) => ({ status: index === 0 ? 503 : 202 }));
    await stage.append(organization, [leaves()]);
    await work(id);
    expect(await receipts()).toMatchObject([{ state: 'requested', attempts: 1, status: 503 }]);
  });

  it('that does not accept a token is asked again in a quarter of an hour, and it can be read why', async () => {
    const id = await stream();
    sink.answers({ status: 400, body: '{"err":"invalid_audience","description":"who?"}' });
    await stage.append(organization, [leaves()]);
    await work(id);
    stage.clock.skip(14 * 60);
    await work(id);
    expect(sink.received).toHaveLength(1);
    sink.answers({ status: 202 });
    stage.clock.skip(2 * 60);
    await work(id);
    expect(await told()).toEqual([SESSION_REVOKED, SESSION_REVOKED, SCIM_DEACTIVATED]);
    const [attempt] = await stage.database.rows<{ error: string }>(
      'select error from delivery_attempt where destination_id = $1 order by id limit 1',
      [id],
    );
    expect(attempt!.error).toMatch(/^invalid_audience: .*audience/);
  });

  it('ends no sessions of somebody who came back meanwhile, and still hears what happened to the account', async () => {
    const id = await stream();
    sink.answers({ status: 503 });
    await stage.append(organization, [leaves()]);
    await work(id);
    sink.received.length = 0;
    sink.answers({ status: 202 });
    await stage.append(organization, [comesBack()]);
    stage.clock.skip(60);
    await work(id);
    expect(await told()).toEqual([SCIM_DEACTIVATED]);
    expect(await receipts()).toMatchObject([
      { state: 'superseded', attempts: 1, reason: expect.stringContaining('UserReactivated') },
    ]);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('that asked for the end of sessions only is told nothing of somebody who came back meanwhile', async () => {
    const id = await stream({ events_requested: [SESSION_REVOKED] });
    await stage.append(organization, [leaves(), comesBack()]);
    await work(id);
    expect(sink.received).toEqual([]);
    expect(await receipts()).toMatchObject([{ state: 'superseded', attempts: 0 }]);
  });

  it('hears of the last membership in the groups that grant access', async () => {
    const [group, other] = [`staff_of_${organization}`, `admins_of_${organization}`];
    const member = (change: 'added' | 'removed', id: string): PlainEvent => ({
      type: 'MembershipChanged',
      subjects: [id, person.id],
      data: { change, group: { ...admins, id }, member: { type: 'User', user: person } },
    });
    const id = await stream({}, { group_ids: [group, other] });
    await stage.append(organization, [
      member('added', group),
      member('added', other),
      member('removed', group),
    ]);
    await work(id);
    expect(sink.received).toEqual([]);
    await stage.append(organization, [member('removed', other)]);
    await work(id);
    expect(await told()).toEqual([SESSION_REVOKED]);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', event_type: 'MembershipChanged' }]);
  });

  it('that asks for claims hears of each membership which groups there are then, and again when that failed', async () => {
    const [staff, others] = [`staff_of_${organization}`, `others_of_${organization}`];
    const member = (change: 'added' | 'removed', id: string, displayName: string): PlainEvent => ({
      type: 'MembershipChanged',
      subjects: [id, person.id],
      data: {
        change,
        group: { ...admins, id, attributes: { displayName } },
        member: { type: 'User', user: person },
      },
    });
    const events_requested = [SESSION_REVOKED, TOKEN_CLAIMS_CHANGE];
    const all = await stream({ events_requested });
    const some = await stream({ events_requested }, { group_ids: [staff] });
    await stage.append(organization, [
      member('added', staff, 'Staff'),
      member('added', others, 'Builders'),
      {
        type: 'GroupChanged',
        subjects: [others],
        data: { group: { ...admins, attributes: { displayName: 'Others' } } },
      },
      member('removed', staff, 'Staff'),
      { type: 'GroupDeleted', subjects: [others], data: { group: admins } },
      member('added', staff, 'Crew'),
    ]);
    sink.answers((_, index) => ({ status: index === 0 ? 503 : 202 }));
    await work(all);
    stage.clock.skip(60);
    await work(all);
    const claims = async (): Promise<unknown[]> => {
      const all = await Promise.all(tokens().map(verify));
      return all.map(({ events }) => {
        const [[type, { claims }]] = Object.entries(events as Record<string, { claims?: object }>) as [
          [string, { claims?: object }],
        ];
        return claims ?? type;
      });
    };
    const toldOfAll = await claims();
    expect(toldOfAll.slice(1)).toEqual([
      { groups: ['Staff'] },
      { groups: ['Builders', 'Staff'] },
      { groups: ['Others'] },
      { groups: ['Crew'] },
    ]);
    expect(toldOfAll[0]).toEqual({ groups: ['Staff'] });
    expect(tokens()[1]).toBe(tokens()[0]);
    sink.received.length = 0;
    sink.answers({ status: 202 });
    await work(some);
    // In a group again by now, so the end of the sessions is not told any more; the claims were so, and are.
    expect(await claims()).toEqual([{ groups: ['Staff'] }, { groups: [] }, { groups: ['Crew'] }]);
    expect(await receipts()).toMatchObject([{ destination_id: some, state: 'superseded' }]);
  });

  it('is told again, when somebody asks for that, what happened to the account, and logs out nobody who is back', async () => {
    const id = await stream();
    await stage.append(organization, [leaves(), comesBack()]);
    await work(id);
    sink.received.length = 0;
    const toPosition = await toldUntil(stage.database, id);
    const range = {
      selection: { everything: true } as const,
      fromPosition: 0,
      toPosition,
      maxPerSecond: 10_000,
    };
    await createReplay(stage.database, { destinationId: id, kind: 'replay', ...range }, stage.clock.now());
    await work(id);
    expect(await told()).toEqual([SCIM_DEACTIVATED]);
    expect(sink.received[0]!.headers['rollcall-replay']).toBeDefined();
  });

  it('has receipts of what ends sessions, and of nothing else', async () => {
    const id = await stream({ events_requested: [...EVENT_TYPES_SUPPORTED] });
    await stage.append(organization, [happens('UserCreated'), happens('UserCredentialChanged'), comesBack()]);
    await work(id);
    expect(await told()).toHaveLength(4);
    expect(await receipts()).toEqual([]);
  });
});

describe('a stream that is polled', () => {
  const polled = (): Promise<string> => stream({ delivery: { method: 'urn:ietf:rfc:8936' } });

  it('is called by nobody: its events stay where they are, and receipts say that they are asked for', async () => {
    const id = await polled();
    const before = (await stage.state(id))['cursor'];
    await stage.append(organization, [leaves()]);
    await work(id);
    expect(sink.received).toEqual([]);
    expect((await stage.state(id))['cursor']).toBe(before);
    expect(await receipts()).toMatchObject([
      { state: 'requested', attempts: 0, endpoint: 'urn:ietf:rfc:8936', person_id: person.id },
    ]);
  });

  it('has no tickets, however much is there for it', async () => {
    const id = await polled();
    await route(stage.engine, stage.errands);
    stage.tickets.length = 0;
    await stage.append(organization, [leaves()]);
    await route(stage.engine, stage.errands);
    expect(stage.tickets).toEqual([]);
    expect(await pump(stage.engine, id)).toEqual({ kind: 'idle' });
  });
});

describe('what is for one stream', () => {
  const tell = (event: StreamEvent): Promise<void> =>
    stage.database.transaction((tx) =>
      announce(tx, organization, { events: [event], now: stage.clock.now() }),
    );

  const operational = async (): Promise<string[]> => {
    const rows = await stage.database.rows<{ type: string }>(
      'select type from event where directory_id = $1 order by position',
      [operationsOf(organization)],
    );
    return rows.map(({ type }) => type);
  };

  it('is told to that stream only, the subject being the stream', async () => {
    const [asking, other] = [await stream(), await stream()];
    await tell({ type: 'StreamVerificationRequested', data: { streamId: asking, state: 'VGhpcw' } });
    await work(asking, other);
    expect(sink.received).toHaveLength(1);
    expect(await verify(tokens()[0]!)).toMatchObject({
      sub_id: { format: 'opaque', id: asking },
      events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 'VGhpcw' } },
    });
    expect(await receipts()).toEqual([]);
  });

  it('comes through where the stream hears of some directories or groups only', async () => {
    const id = await stream({}, { directory_ids: ['directory_1'], group_ids: ['directory_group_1'] });
    await tell({ type: 'StreamUpdated', data: { streamId: id, status: 'enabled' } });
    await work(id);
    expect(await told()).toEqual(['https://schemas.openid.net/secevent/ssf/event-type/stream-updated']);
  });

  it('is given up without a word to others, when it cannot be told: they never knew of it', async () => {
    const id = await stage.destination({
      protocol: sharedSignals.name,
      settings: {
        delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: sink.url },
        audience: AUDIENCE,
        events_requested: [SESSION_REVOKED],
      },
      organizationId: organization,
      delivery: { on_failure: { policy: 'park', after_attempts: 1 } },
    });
    sink.answers({ status: 500 });
    await tell({ type: 'StreamVerificationRequested', data: { streamId: id } });
    await work(id);
    expect(await stage.parked(id)).toMatchObject([{ state: 'given-up', attempts: 1 }]);
    expect(await operational()).toEqual(['StreamVerificationRequested']);
  });

  it('is told to a stream that stops, though it does: once, whatever comes of it, and again when it goes on', async () => {
    const id = await stream();
    await stage.database.rows(`update destination set state = 'paused' where id = $1`, [id]);
    await stage.append(organization, [leaves()]);
    await tell({ type: 'StreamUpdated', data: { streamId: id, status: 'paused' } });
    sink.answers({ status: 503 });
    expect((await route(stage.engine, stage.errands)).errands).toBe(1);
    await pump(stage.engine, id);
    expect(await told()).toEqual([STREAM_UPDATED]);
    expect((await route(stage.engine, stage.errands)).errands).toBe(0);
    expect(await stage.parked(id)).toEqual([]);
    expect(await receipts()).toMatchObject([{ state: 'requested', attempts: 0 }]);
    sink.answers({ status: 202 });
    await stage.database.rows(`update destination set state = 'enabled' where id = $1`, [id]);
    await pump(stage.engine, id);
    expect((await told()).sort()).toEqual(
      [STREAM_UPDATED, SESSION_REVOKED, SCIM_DEACTIVATED, STREAM_UPDATED].sort(),
    );
    const [first, ...others] = tokens();
    expect(others).toContain(first);
  });

  it('is not told to a stream that stops because its receiver wants it so', async () => {
    const id = await stream();
    await stage.database.rows(`update destination set state = 'paused' where id = $1`, [id]);
    await stage.append(organization, [leaves()]);
    expect((await route(stage.engine, stage.errands)).errands).toBe(0);
    await pump(stage.engine, id);
    expect(tokens()).toEqual([]);
  });

  it.each([
    ['failed for too long hears that it is disabled', 500, [STREAM_UPDATED]],
    ['is gone hears nothing more', 410, []],
  ])('one that %s', async (_, status, heard) => {
    const id = await stage.destination({
      protocol: sharedSignals.name,
      settings: {
        delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: sink.url },
        audience: AUDIENCE,
        events_requested: [SESSION_REVOKED],
      },
      organizationId: organization,
      delivery: { disable_after_hours: 2 },
    });
    sink.answers({ status });
    const people = Array.from({ length: 12 }, (_, index) => ({ ...person, id: `${person.id}_${index}` }));
    const gone = people.map((user) => ({ ...leaves(), subjects: [user.id], data: { user } }));
    await stage.append(organization, gone);
    for (let hour = 0; hour < 6; hour++) {
      await work(id);
      stage.clock.skip(3_600);
    }
    const [row] = await stage.database.rows('select state from destination where id = $1', [id]);
    expect(row).toEqual({ state: 'disabled' });
    const types = await told();
    expect(types.slice(0, 1)).toEqual([SESSION_REVOKED]);
    expect([...new Set(types.filter((type) => type !== SESSION_REVOKED))]).toEqual(heard);
    expect((await operational()).includes('StreamUpdated')).toBe(heard.length > 0);
  });

  it('stands in the log beside what befalls destinations, and has no published form', async () => {
    const id = await stream();
    await tell({ type: 'StreamVerificationRequested', data: { streamId: id } });
    expect(await operational()).toEqual(['StreamVerificationRequested']);
  });
});
