import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, SealBroken, Sealing } from '@app/runtime';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  generateKeyPair,
  jwtVerify,
  SignJWT,
  type JSONWebKeySet,
} from 'jose';
import { admin, type Admin } from '../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../test/support/on-tenancy.js';
import {
  LastSigningKey,
  LimitReached,
  RotationUnderWay,
  SIGNING_ALGORITHMS,
  SigningKeyRotation,
  SigningKeys,
  stateOf,
  TENANCY_ENTITIES,
  type SigningAlgorithm,
  type SigningOptions,
} from './index.js';
import { IS_NEEDED } from './signing-key-need.js';

const DAY = 86_400;
/** More than the life of what each process remembers. */
const NOTICED = 3;
const CONDITION_OF_A_KEY = `select ${IS_NEEDED} from signing_key k`;

let operator: Admin;
let database: Database;
let elsewhere: Database;
let clock: SetClock;
const sealing = new Sealing(Buffer.alloc(32, 7));

let databaseUrl: string;

onTenancy((premises) => ({ database, operator, databaseUrl } = premises));

beforeAll(async () => {
  elsewhere = await Database.connect(databaseUrl, { poolSize: 4, entities: TENANCY_ENTITIES });
});

afterAll(() => elsewhere.close());

beforeEach(async () => {
  clock = new SetClock();
  await operator.rows('truncate signing_key, revocation_receipt, event; delete from destination');
});

/** One process, and one that knows of it by the database only. */
const processAt = (place = database, seal = sealing): { keys: SigningKeys; rotation: SigningKeyRotation } => {
  const keys = new SigningKeys(place, clock, seal);
  return { keys, rotation: new SigningKeyRotation(place, clock, seal, keys) };
};

type Wish = Partial<Parameters<SigningKeyRotation['rotate']>[0]>;
const wish = (more: Wish = {}): Parameters<SigningKeyRotation['rotate']>[0] => ({
  algorithm: 'EdDSA',
  leadInSeconds: 0,
  overlapInSeconds: DAY,
  by: 'api_key_1',
  ...more,
});

const sign = (keys: SigningKeys, options: SigningOptions = { algorithm: 'EdDSA' }): Promise<string> =>
  keys.sign({ iss: 'https://rollcall.example', sub: 'ada' }, 'JWT', options);
const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid;
const kidNow = async (keys: SigningKeys): Promise<string | undefined> => kidOf(await sign(keys));
const published = async (keys: SigningKeys): Promise<unknown[]> =>
  (await keys.jwks()).keys.filter(({ alg }) => alg === 'EdDSA').map(({ kid }) => kid);
const listed = async (rotation: SigningKeyRotation): ReturnType<SigningKeyRotation['list']> =>
  (await rotation.list()).filter(({ algorithm }) => algorithm === 'EdDSA');

async function verify(token: string, keys: SigningKeys): Promise<unknown> {
  const jwks = createLocalJWKSet((await keys.jwks()) as unknown as JSONWebKeySet);
  return (await jwtVerify(token, jwks)).payload;
}

async function stored(): Promise<string> {
  return JSON.stringify(await operator.rows('select t::text from signing_key t'));
}

describe.each<[SigningAlgorithm, string[]]>([
  ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
  ['ES256', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ['EdDSA', ['alg', 'crv', 'kid', 'kty', 'use', 'x']],
])('the signing keys for %s', (algorithm, members) => {
  it('are one, made when it is needed, also when two programs need it at once', async () => {
    const [one, other] = [processAt().keys, processAt(elsewhere).keys];
    const tokens = await Promise.all([sign(one, { algorithm }), sign(other, { algorithm })]);
    const rows = await operator.rows(`select id from signing_key where algorithm = $1`, [algorithm]);
    expect(rows).toEqual([{ id: kidOf(tokens[0]) }]);
    expect(kidOf(tokens[1])).toBe(kidOf(tokens[0]));
  });

  it('sign what everybody can verify with the published half', async () => {
    const token = await sign(processAt().keys, { algorithm });
    expect(decodeProtectedHeader(token)).toEqual({ typ: 'JWT', alg: algorithm, kid: expect.any(String) });
    expect(await verify(token, processAt(elsewhere).keys)).toEqual({
      iss: 'https://rollcall.example',
      sub: 'ada',
    });
  });

  it('publish nothing of the private half, and keep it sealed', async () => {
    const { keys } = processAt();
    await keys.ensure(algorithm);
    const jwk = (await keys.jwks()).keys.find(({ alg }) => alg === algorithm)!;
    expect(Object.keys(jwk).sort()).toEqual(members);
    expect(await stored()).not.toMatch(/"(d|p|q|dp|dq|qi)\\*":/);
  });
});

describe('signing', () => {
  it('is with RS256 and at least 2,048 bits unless told otherwise', async () => {
    const { keys } = processAt();
    expect(decodeProtectedHeader(await sign(keys, {})).alg).toBe('RS256');
    const [key] = (await keys.jwks()).keys;
    expect(Buffer.from(String(key!['n']), 'base64url').length * 8).toBeGreaterThanOrEqual(2_048);
  });

  it('cannot be done with another secret key, and can again with the right one', async () => {
    await sign(processAt().keys);
    const wrong = processAt(database, new Sealing(Buffer.alloc(32, 8))).keys;
    await expect(sign(wrong)).rejects.toBeInstanceOf(SealBroken);
    expect(await sign(processAt().keys)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('asks the database for nothing, token by token, and waits but a moment for one that does not answer', async () => {
    const { keys } = processAt();
    const first = await kidNow(keys);
    await operator.undone(async () => {
      await operator.rows('lock table signing_key in access exclusive mode');
      for (let count = 0; count < 50; count += 1) expect(await kidNow(keys)).toBe(first);
      clock.later(60);
      expect(await kidNow(keys)).toBe(first);
    });
  });

  it('goes on while the database is away, and so does the publication', async () => {
    const { keys } = processAt();
    await keys.ensure(); // as each program does when it starts
    const first = await kidNow(keys);
    const name = new URL(databaseUrl).pathname.slice(1);
    const server = await admin(new URL('/postgres', databaseUrl).href);
    await server.rows(`alter database ${name} with allow_connections false`);
    try {
      await operator.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
      clock.later(60);
      await expect(processAt().keys.jwks()).rejects.toThrow();
      expect(await kidNow(keys)).toBe(first);
      expect(await published(keys)).toEqual([first]);
    } finally {
      await server.rows(`alter database ${name} with allow_connections true`);
      await server.close();
    }
    clock.later(NOTICED);
    expect(await kidNow(processAt().keys)).toBe(first);
  });

  it('for a time is with the key of that time: a retry after a rotation has the same bytes', async () => {
    const { keys, rotation } = processAt();
    const happened = clock.now(); // before there was any key
    const first = await sign(keys, { algorithm: 'EdDSA', at: happened });
    clock.later(60);
    const later = clock.now();
    await rotation.rotate(wish());
    expect(await kidNow(keys)).not.toBe(kidOf(first));
    expect(await sign(keys, { algorithm: 'EdDSA', at: happened })).toBe(first);
    expect(await sign(keys, { algorithm: 'EdDSA', at: later })).toBe(first);
    const ahead = new Date(clock.now().getTime() + DAY * 1_000);
    expect(kidOf(await sign(keys, { algorithm: 'EdDSA', at: ahead }))).toBe(await kidNow(keys));
  });

  it.each(SIGNING_ALGORITHMS)(
    'of the same claims has the same bytes each time, with %s',
    async (algorithm) => {
      const { keys } = processAt();
      const one = await sign(keys, { algorithm });
      expect(await sign(keys, { algorithm })).toBe(one);
      expect(await sign(processAt().keys, { algorithm })).toBe(one);
    },
  );
});

describe('a rotation', () => {
  it('publishes a key, lets it sign when its lead is over, and shows the old one for the overlap', async () => {
    const { keys, rotation } = processAt();
    const old = await sign(keys);
    const { made, replaced } = await rotation.rotate(wish({ leadInSeconds: 300 }));
    expect([made.createdBy, replaced?.id]).toEqual(['api_key_1', kidOf(old)]);
    expect(await published(keys)).toEqual([made.id, kidOf(old)]);
    expect([stateOf(made, clock.now()), await kidNow(keys)]).toEqual(['upcoming', kidOf(old)]);
    clock.later(300);
    expect([stateOf(made, clock.now()), await kidNow(keys)]).toEqual(['current', made.id]);
    clock.later(DAY - 60);
    expect(await verify(old, keys)).toMatchObject({ sub: 'ada' });
    clock.later(120);
    expect(await published(keys)).toEqual([made.id]);
    expect((await listed(rotation)).map((key) => [key.id, stateOf(key, clock.now()), key.published])).toEqual(
      [
        [made.id, 'current', true],
        [kidOf(old), 'retired', false],
      ],
    );
  });

  it('is noticed by every other process within a few seconds', async () => {
    const { keys, rotation } = processAt();
    const other = processAt(elsewhere).keys;
    expect(await kidNow(other)).toBe(await kidNow(keys));
    const { made } = await rotation.rotate(wish());
    expect(await kidNow(keys)).toBe(made.id);
    clock.later(NOTICED);
    expect([await kidNow(other), (await published(other))[0]]).toEqual([made.id, made.id]);
  });

  it('is one, when two people want it at once; the other hears from when the new key signs', async () => {
    const { keys, rotation } = processAt();
    const old = await kidNow(keys);
    const both = await Promise.allSettled([
      rotation.rotate(wish({ leadInSeconds: 300 })),
      processAt(elsewhere).rotation.rotate(wish({ leadInSeconds: 300 })),
    ]);
    const [failed] = both.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(failed).toBeInstanceOf(RotationUnderWay);
    expect(failed!.message).toMatch(/^key_\w+ signs for EdDSA from 2030-01-01T12:05/);
    expect(await published(keys)).toHaveLength(2);
    expect(await kidNow(keys)).toBe(old);
  });

  it('without a lead may follow another at once, and each token is still verified', async () => {
    const { keys, rotation } = processAt();
    const tokens = [await sign(keys)];
    const other = processAt(elsewhere).rotation;
    await Promise.all([rotation.rotate(wish()), other.rotate(wish()), rotation.rotate(wish())]);
    clock.later(NOTICED);
    tokens.push(await sign(keys));
    expect(await published(keys)).toHaveLength(4);
    for (const token of tokens) expect(await verify(token, keys)).toMatchObject({ sub: 'ada' });
    const states = (await listed(rotation)).map((key) => stateOf(key, clock.now()));
    expect(states.sort()).toEqual(['current', 'retired', 'retired', 'retired']);
  });

  it('of an algorithm that was never used makes its first key, which signs at once, also beside who needs one', async () => {
    const { keys, rotation } = processAt();
    const [rotated, token] = await Promise.all([
      rotation.rotate(wish({ leadInSeconds: 300 })),
      sign(processAt(elsewhere).keys),
    ]);
    const first = rotated.replaced?.id ?? rotated.made.id;
    expect([kidOf(token), await kidNow(keys)]).toEqual([first, first]);
  });

  it('is refused when there are as many published keys as there may be', async () => {
    const { rotation } = processAt();
    for (let count = 0; count < 10; count += 1) await rotation.rotate(wish());
    const before = await stored();
    await expect(rotation.rotate(wish())).rejects.toBeInstanceOf(LimitReached);
    expect(await stored()).toBe(before);
  });
});

describe('a retired key', () => {
  const destination = `insert into destination (id, protocol, settings, event_types, state, created_at, updated_at)
    values ('destination_1', 'any', '{}', '{}', 'enabled', now(), now())`;
  const outstanding = (position: number, occurredAt: Date): Promise<unknown[]> =>
    operator.rows(
      `insert into revocation_receipt (position, destination_id, organization_id, directory_id, person_id, event_type,
                                       occurred_at, protocol, endpoint, requested_at)
       values ($1, 'destination_1', 'org', 'directory', 'ada', 'UserDeactivated', $2, 'any', 'https://app.example.com', $2)`,
      [position, occurredAt],
    );

  async function retired(): Promise<{ keys: SigningKeys; old: string; during: Date }> {
    const { keys, rotation } = processAt();
    const old = (await kidNow(keys))!;
    const during = clock.now();
    await rotation.rotate(wish());
    return { keys, old, during };
  }

  it('stays, and signs what happened in its time, while a revocation of that time is outstanding', async () => {
    const { keys, old, during } = await retired();
    await operator.rows(destination);
    await outstanding(1, during);
    clock.later(3 * DAY);
    expect(await published(keys)).toContain(old);
    expect(kidOf(await sign(keys, { algorithm: 'EdDSA', at: during }))).toBe(old);
    await operator.rows(`update revocation_receipt set state = 'acknowledged'`);
    clock.later(NOTICED);
    expect(await published(keys)).not.toContain(old);
    expect(kidOf(await sign(keys, { algorithm: 'EdDSA', at: during }))).toBe(await kidNow(keys));
  });

  it('that is published no more has no private half, and comes back for nothing', async () => {
    const { keys, old, during } = await retired();
    const sealed = (): Promise<unknown[]> =>
      operator.rows(`select private_sealed is not null as sealed from signing_key where id = $1`, [old]);
    expect([await published(keys), await sealed()]).toEqual([[expect.anything(), old], [{ sealed: true }]]);
    clock.later(DAY + 60);
    expect([(await published(keys)).length, await sealed()]).toEqual([1, [{ sealed: false }]]);
    await operator.rows(destination);
    await outstanding(1, during);
    clock.later(NOTICED);
    expect(await published(keys)).not.toContain(old);
    expect(kidOf(await sign(keys, { algorithm: 'EdDSA', at: during }))).toBe(await kidNow(keys));
  });

  it.each(['happened after its time', 'is for a destination that is gone'])(
    'does not stay for what %s',
    async (what) => {
      const { keys, old, during } = await retired();
      if (what.startsWith('happened')) await operator.rows(destination);
      clock.later(1); // what a token says of its time is in whole seconds
      await outstanding(1, what.startsWith('happened') ? clock.now() : during);
      clock.later(DAY - 60);
      expect(await published(keys)).toContain(old);
      clock.later(120);
      expect(await published(keys)).not.toContain(old);
    },
  );
});

describe('the history of keys', () => {
  const verifiedByHistory = async (token: string, keys: SigningKeys): Promise<unknown> => {
    const all = (await keys.history()) as unknown as JSONWebKeySet;
    return (await jwtVerify(token, createLocalJWKSet(all), { typ: 'revocation-export+jwt' })).payload;
  };
  const signExport = (keys: SigningKeys): Promise<string> =>
    keys.sign({ sha256: 'abc' }, 'revocation-export+jwt', { algorithm: 'EdDSA' });

  it('verifies an export whose key was retired long ago, and is published by every process', async () => {
    const { keys, rotation } = processAt();
    const old = await signExport(keys);
    await rotation.rotate(wish());
    clock.later(90 * DAY);
    await expect(verify(old, keys)).rejects.toThrow('no applicable key');
    expect(await verifiedByHistory(old, keys)).toEqual({ sha256: 'abc' });
    expect(await verifiedByHistory(old, processAt(elsewhere).keys)).toEqual({ sha256: 'abc' });
    expect(JSON.stringify(await keys.history())).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  it('does not know a key that was withdrawn, nor one of others that says it is ours', async () => {
    const { keys, rotation } = processAt();
    const leaked = await signExport(keys);
    const kid = kidOf(leaked)!;
    expect(await verifiedByHistory(leaked, keys)).toEqual({ sha256: 'abc' });
    await rotation.rotate(wish());
    const { privateKey } = await generateKeyPair('EdDSA');
    const header = { alg: 'EdDSA', typ: 'revocation-export+jwt', kid };
    const forged = await new SignJWT({ sha256: 'abc' }).setProtectedHeader(header).sign(privateKey);
    await expect(verifiedByHistory(forged, keys)).rejects.toThrow('signature verification failed');
    await rotation.withdraw(kid, 'api_key_1');
    await expect(verifiedByHistory(leaked, keys)).rejects.toThrow('no applicable key');
  });
});

describe('a retired key and those who have not been told yet what happened in its time', () => {
  const POLLED = '{"signing_algorithm": "EdDSA", "delivery": {"method": "urn:ietf:rfc:8936"}}';
  const PUSHED = '{"signing_algorithm": "EdDSA", "delivery": {"method": "urn:ietf:rfc:8935"}}';

  /** Of what keeps no receipt: somebody is back. */
  const happened = (position: number, occurredAt: Date, organization = 'org_1'): Promise<unknown[]> =>
    operator.rows(
      `insert into event (position, directory_id, organization_id, sequence, type, subjects, data, request_id, occurred_at, digest)
       values ($1, 'directory_of_' || $2, $2, $1, 'UserReactivated', '{ada}', '{}', 'request', $3, '')`,
      [position, organization, occurredAt],
    );

  interface Place {
    settings?: string;
    state?: string;
    cursor: number;
    workTo?: number | null;
    organization?: string | null;
  }

  async function stream({
    settings = POLLED,
    state = 'enabled',
    cursor,
    workTo,
    organization,
  }: Place): Promise<void> {
    await operator.rows(
      `insert into organization (id, name, created_at, updated_at) values ('org_1', 'One', now(), now()) on conflict do nothing`,
    );
    await operator.rows(
      `insert into destination (id, organization_id, protocol, settings, event_types, state, created_at, updated_at)
       values ('stream', $1, 'shared-signals', $2, '{}', $3, now(), now())`,
      [organization === undefined ? 'org_1' : organization, settings, state],
    );
    await operator.rows(
      `insert into delivery_state (destination_id, cursor, work_to) values ('stream', $1, $2)`,
      [cursor, workTo ?? null],
    );
  }

  const routed = (position: number): Promise<unknown[]> =>
    operator.rows(
      `insert into checkpoint (name, position) values ('router-now', $1)
       on conflict (name) do update set position = excluded.position`,
      [position],
    );

  const parked = (state: string): Promise<unknown[]> =>
    operator.rows(
      `insert into parked_delivery (destination_id, position, subjects, state, attempts, due_at, parked_at)
       values ('stream', 1, '{ada}', $1, 1, case when $1 = 'waiting' then now() end, now())`,
      [state],
    );

  /** Event 1 happened in the time of the old key, event 2 in that of the next one, two days later. */
  async function twoEvents(place: Place): Promise<{ keys: SigningKeys; old: string; during: Date }> {
    const { keys, rotation } = processAt();
    const old = (await kidNow(keys))!;
    const during = clock.now();
    await happened(1, during);
    await rotation.rotate(wish());
    clock.later(2 * DAY);
    await happened(2, clock.now());
    await routed(2);
    await stream(place);
    return { keys, old, during };
  }

  it('stays while a stream has not been polled, signs the same bytes, and goes when that was taken', async () => {
    const { keys, old, during } = await twoEvents({ cursor: 0 });
    const before = await sign(keys, { algorithm: 'EdDSA', at: during });
    expect(kidOf(before)).toBe(old);
    clock.later(30 * DAY);
    expect(await published(keys)).toContain(old);
    expect(await sign(keys, { algorithm: 'EdDSA', at: during })).toBe(before);
    expect(await verify(before, processAt(elsewhere).keys)).toMatchObject({ sub: 'ada' });
    await operator.rows('update delivery_state set cursor = 1');
    clock.later(NOTICED);
    expect(await published(keys)).not.toContain(old);
  });

  it.each<[string, Place]>([
    ['a stream that hears of every organization', { cursor: 0, organization: null }],
    ['a polled stream whose place was marked when it was pushed', { cursor: 0, workTo: 0 }],
    ['a pushed one that has work', { settings: PUSHED, cursor: 0, workTo: 2 }],
    ['a pushed one of which nobody knows yet whether it has', { settings: PUSHED, cursor: 0 }],
    ['a paused one', { settings: PUSHED, state: 'paused', cursor: 0, workTo: 0 }],
    ['a disabled one', { settings: PUSHED, state: 'disabled', cursor: 0, workTo: 0 }],
  ])('stays for %s', async (_, place) => {
    const { keys, old } = await twoEvents(place);
    expect(await published(keys)).toContain(old);
  });

  it('stays for a pushed one that is idle while the router has not read so far', async () => {
    const { keys, old } = await twoEvents({ settings: PUSHED, cursor: 0, workTo: 0 });
    await routed(0);
    expect(await published(keys)).toContain(old);
  });

  it.each(['waiting', 'behind'])('stays for a delivery that failed and is %s', async (state) => {
    const { keys, old } = await twoEvents({ settings: PUSHED, cursor: 2, workTo: 2 });
    await parked(state);
    expect(await published(keys)).toContain(old);
    await operator.rows('delete from parked_delivery');
    clock.later(NOTICED);
    expect(await published(keys)).not.toContain(old);
  });

  it.each<[string, Place]>([
    ['a stream that has taken it', { cursor: 1 }],
    ['a pushed one that is idle: it wanted none of it', { settings: PUSHED, cursor: 0, workTo: 0 }],
    ['one of another algorithm', { settings: '{"signing_algorithm": "ES256"}', cursor: 0 }],
    ['who signs nothing', { settings: '{}', cursor: 0 }],
  ])('does not stay for %s', async (_, place) => {
    const { keys, old } = await twoEvents(place);
    expect(await published(keys)).not.toContain(old);
  });

  it('does not stay for a delivery that was given up, or for what happened elsewhere', async () => {
    const { keys, old } = await twoEvents({ cursor: 2 });
    await parked('given-up');
    await happened(3, new Date(0), 'org_2');
    expect(await published(keys)).not.toContain(old);
  });

  it('is looked for by index, however long the log is', async () => {
    const { keys } = await twoEvents({ cursor: 0 });
    const plan = await operator.undone(async () => {
      await operator.rows('set local enable_seqscan = off');
      return operator.rows(`explain ${CONDITION_OF_A_KEY}`);
    });
    expect(await published(keys)).toHaveLength(2);
    expect(JSON.stringify(plan)).not.toMatch(/Seq Scan on (event|parked_delivery|revocation_receipt)/);
  });
});

describe('a key that leaked', () => {
  it('is withdrawn: published no more, its private half destroyed, and no process signs with it a few seconds later', async () => {
    const { keys, rotation } = processAt();
    const other = processAt(elsewhere).keys;
    const old = (await kidNow(other))!;
    const during = clock.now();
    const { made } = await rotation.rotate(wish());
    const done = await rotation.withdraw(old, 'api_key_2');
    expect(done!.withdrawn).toMatchObject({ id: old, withdrawnBy: 'api_key_2', privateSealed: null });
    expect([done!.signing.id, await published(keys)]).toEqual([made.id, [made.id]]);
    clock.later(NOTICED);
    expect(await kidNow(other)).toBe(made.id);
    expect(kidOf(await sign(other, { algorithm: 'EdDSA', at: during }))).toBe(made.id);
    const again = await rotation.withdraw(old, 'api_key_3');
    expect(again!.withdrawn.withdrawnBy).toBe('api_key_2');
  });

  it('hands over at once to the one that was to sign later', async () => {
    const { keys, rotation } = processAt();
    const old = (await kidNow(keys))!;
    const { made } = await rotation.rotate(wish({ leadInSeconds: 300 }));
    expect(await kidNow(keys)).toBe(old);
    expect((await rotation.withdraw(old, 'api_key_1'))!.signing.id).toBe(made.id);
    expect([await kidNow(keys), await published(keys)]).toEqual([made.id, [made.id]]);
    await expect(rotation.withdraw(made.id, 'api_key_1')).rejects.toBeInstanceOf(LastSigningKey);
  });

  it('before it has signed leaves the current one as if there had been no rotation', async () => {
    const { keys, rotation } = processAt();
    const old = (await kidNow(keys))!;
    const { made } = await rotation.rotate(wish({ leadInSeconds: 300 }));
    expect((await rotation.withdraw(made.id, 'api_key_1'))!.signing.id).toBe(old);
    clock.later(3 * DAY);
    expect([await kidNow(keys), await published(keys)]).toEqual([old, [old]]);
    expect((await rotation.rotate(wish())).replaced?.id).toBe(old);
  });

  it('and is the only one cannot be withdrawn before there is another; the refusal says how to make it', async () => {
    const { keys, rotation } = processAt();
    const only = (await kidNow(keys))!;
    const before = await stored();
    const refusal = await rotation.withdraw(only, 'api_key_1').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(LastSigningKey);
    expect((refusal as Error).message).toContain(
      'POST /signing_keys/rotate {"algorithm": "EdDSA", "lead_seconds": 0}',
    );
    expect(await stored()).toBe(before);
    expect(await rotation.withdraw('key_unknown', 'api_key_1')).toBeUndefined();
  });
});

it('the algorithms do not concern each other', async () => {
  const { keys, rotation } = processAt();
  for (const algorithm of SIGNING_ALGORITHMS) await keys.ensure(algorithm);
  const before = await Promise.all(SIGNING_ALGORITHMS.map((algorithm) => sign(keys, { algorithm })));
  await rotation.rotate(wish({ algorithm: 'ES256' }));
  const after = await Promise.all(SIGNING_ALGORITHMS.map((algorithm) => sign(keys, { algorithm })));
  const changed = SIGNING_ALGORITHMS.filter((_, index) => kidOf(before[index]!) !== kidOf(after[index]!));
  expect(changed).toEqual(['ES256']);
  expect((await keys.jwks()).keys).toHaveLength(4);
});
