import { beforeEach, describe, expect, it } from '@jest/globals';
import { Clock, SealBroken, Sealing, type Database } from '@app/runtime';
import type { Admin } from '../../../test/support/index.js';
import { onTenancy } from '../../../test/support/on-tenancy.js';
import { Destinations, DestinationSecrets, LastSecret, LimitReached, type NewSecret } from './index.js';

/** A clock that stands still until the test sets it: what ends does so to the second. */
class StillClock extends Clock {
  private time = Date.parse('2030-01-01T12:00:00.000Z');
  override now(): Date {
    return new Date(this.time);
  }
  later(seconds: number): void {
    this.time += seconds * 1_000;
  }
  in(seconds: number): Date {
    return new Date(this.time + seconds * 1_000);
  }
}

const DAY_IN_SECONDS = 86_400;
const clock = new StillClock();
const sealing = new Sealing(Buffer.alloc(32, 7));
let database: Database;
let operator: Admin;
let secrets: DestinationSecrets;
let destinations: Destinations;
/** A destination with the secret `first`. */
let id: string;

const shared = (value: string): NewSecret => ({ kind: 'hmac', value });
const pair = (value: string): NewSecret => ({
  kind: 'ed25519',
  value,
  publicJwk: { kty: 'OKP', crv: 'Ed25519', x: value },
});

onTenancy((premises) => {
  ({ database, operator } = premises);
  secrets = new DestinationSecrets(database, clock, sealing);
  destinations = new Destinations(database, clock, secrets);
});

beforeEach(async () => {
  id = await destination(shared('first'));
});

function destination(...own: NewSecret[]): Promise<string> {
  return database.transaction(async (_tx, manager) => {
    const settings = { endpoint_url: 'https://example.com' };
    const wish = {
      idPrefix: 'we',
      organizationId: null,
      protocol: 'webhook',
      settings,
      eventTypes: [],
    } as const;
    const made = await destinations.create(manager, { ...wish, eventTypes: [] });
    for (const secret of own) await secrets.insert(manager, made.id, secret);
    return made.id;
  });
}

/** What signs now, newest first: as a pump reads it. */
async function signing(destinationId = id): Promise<string[]> {
  const served = await destinations.served(destinationId);
  const values = destinations.opened(served!).map(({ value }) => value);
  expect((await secrets.live([destinationId])).get(destinationId)!.map(({ value }) => value)).toEqual(values);
  return values;
}

const idOf = async (value: string): Promise<string> =>
  (await secrets.live([id])).get(id)!.find((secret) => secret.value === value)!.id;

describe('the secrets of a destination', () => {
  it('are sealed at rest, and opened again', async () => {
    const text = JSON.stringify(await operator.rows('select t::text from destination_secret t'));
    expect(text).toContain(id);
    expect(text).not.toContain('first');
    expect(await signing()).toEqual(['first']);
  });

  it('are not opened by another secret key', async () => {
    const other = new DestinationSecrets(database, clock, new Sealing(Buffer.alloc(32, 8)));
    await expect(other.live([id])).rejects.toThrow(SealBroken);
    const served = (await destinations.served(id))!;
    expect(() => new Destinations(database, clock, other).opened(served)).toThrow(SealBroken);
  });

  it('may be none, for a protocol that has none', async () => {
    expect(await signing(await destination())).toEqual([]);
    expect(await destinations.served('we_unknown')).toBeNull();
  });

  it('are read for many destinations at once, each its own', async () => {
    const other = await destination(shared('other'));
    const found = await secrets.live([id, other, 'we_unknown']);
    expect([...found].map(([key, live]) => [key, live.map(({ value }) => value)])).toEqual([
      [id, ['first']],
      [other, ['other']],
      ['we_unknown', []],
    ]);
  });

  it('are gone with it', async () => {
    await destinations.remove(id);
    expect(await operator.rows('select from destination_secret where destination_id = $1', [id])).toEqual([]);
  });
});

describe('a rotation', () => {
  it('puts the new one in front; those before it end when the overlap does', async () => {
    const { made, replaced } = await secrets.rotate(id, shared('second'), clock.in(60));
    expect(made).toMatchObject({ value: 'second', expiresAt: null, id: expect.stringMatching(/^secret_/) });
    expect(replaced).toMatchObject([{ value: 'first', expiresAt: clock.in(60) }]);
    expect(await signing()).toEqual(['second', 'first']);
    clock.later(60);
    expect(await signing()).toEqual(['second']);
  });

  it('does not lengthen the life of one that ends sooner', async () => {
    await secrets.rotate(id, shared('second'), clock.in(60));
    await secrets.rotate(id, shared('third'), clock.in(600));
    expect(await signing()).toEqual(['third', 'second', 'first']);
    clock.later(60);
    expect(await signing()).toEqual(['third', 'second']);
    clock.later(540);
    expect(await signing()).toEqual(['third']);
  });

  it('without overlap ends everything before it at once', async () => {
    await secrets.rotate(id, shared('second'), clock.in(60));
    const { replaced } = await secrets.rotate(id, shared('third'), null);
    expect(replaced).toEqual([]);
    expect(await signing()).toEqual(['third']);
  });

  it('is in the order of the rotations, also when the clock of a hub goes back', async () => {
    clock.later(100);
    await secrets.rotate(id, shared('second'), clock.in(600));
    clock.later(-100);
    await secrets.rotate(id, shared('third'), clock.in(600));
    expect(await signing()).toEqual(['third', 'second', 'first']);
    clock.later(100);
  });

  it('leaves the other kind alone', async () => {
    const both = await destination(shared('secret'), pair('key'));
    await secrets.rotate(both, pair('new key'), null);
    expect(await signing(both)).toEqual(['new key', 'secret']);
  });

  it('by many at once leaves one without an end, and loses none', async () => {
    const values = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(values.map((value) => secrets.rotate(id, shared(value), clock.in(60))));
    expect((await signing()).sort()).toEqual([...values, 'first']);
    const endless = await operator.rows(
      'select from destination_secret where destination_id = $1 and expires_at is null',
      [id],
    );
    expect(endless).toHaveLength(1);
  });

  it('is refused beyond ten live ones, and says what to do; ended ones do not count', async () => {
    for (let count = 2; count <= 10; count++) await secrets.rotate(id, shared(`${count}`), clock.in(60));
    const eleventh = secrets.rotate(id, shared('11'), clock.in(60));
    await expect(eleventh).rejects.toThrow(LimitReached);
    await expect(eleventh).rejects.toThrow(/overlap_seconds 0/);
    expect(await signing()).toHaveLength(10);
    clock.later(60);
    await secrets.rotate(id, shared('12'), clock.in(60));
    expect(await signing()).toEqual(['12', '10']);
  });
});

describe('ending a secret', () => {
  it('takes effect at once', async () => {
    await secrets.rotate(id, shared('second'), clock.in(600));
    expect(await secrets.end(id, await idOf('first'))).toBe(true);
    expect(await signing()).toEqual(['second']);
  });

  it('that was the newest takes the rotation back: the one before it goes on without end', async () => {
    await secrets.rotate(id, shared('second'), clock.in(60));
    expect(await secrets.end(id, await idOf('second'))).toBe(true);
    clock.later(61);
    expect(await signing()).toEqual(['first']);
  });

  it('is refused for the last one of its kind', async () => {
    const both = await destination(shared('secret'), pair('key'));
    for (const secret of (await secrets.live([both])).get(both)!)
      await expect(secrets.end(both, secret.id)).rejects.toThrow(LastSecret);
    expect(await signing(both)).toEqual(['key', 'secret']);
  });

  it('is refused for the last two at once, whoever comes first', async () => {
    await secrets.rotate(id, shared('second'), clock.in(60));
    const ids = await Promise.all(['first', 'second'].map(idOf));
    const ended = await Promise.allSettled(ids.map((each) => secrets.end(id, each)));
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await signing()).toHaveLength(1);
  });

  it('finds none that is unknown, over, or of another destination', async () => {
    const other = await destination(shared('other'));
    await secrets.rotate(id, shared('second'), clock.in(60));
    const first = await idOf('first');
    expect(await secrets.end(other, first)).toBe(false);
    expect(await secrets.find(other, first)).toBeNull();
    clock.later(60);
    expect(await secrets.end(id, first)).toBe(false);
    expect(await secrets.find(id, first)).toBeNull();
    expect(await secrets.end(id, 'secret_unknown')).toBe(false);
  });
});

describe('a kind of secret that a destination needs', () => {
  const ensure = (kinds: ('hmac' | 'ed25519')[]) =>
    database.transaction((_tx, manager) =>
      secrets.ensure(manager, id, {
        kinds,
        make: (kind) => (kind === 'hmac' ? shared('made') : pair('made')),
      }),
    );

  it('is made when it is missing, once', async () => {
    expect(await ensure(['hmac', 'ed25519'])).toMatchObject([{ kind: 'ed25519', value: 'made' }]);
    expect(await ensure(['hmac', 'ed25519'])).toEqual([]);
    expect(await signing()).toEqual(['made', 'first']);
  });

  it('is made once by two who see it missing at the same time', async () => {
    const made = await Promise.all([ensure(['ed25519']), ensure(['ed25519']), ensure(['ed25519'])]);
    expect(made.flat()).toHaveLength(1);
    expect(await signing()).toEqual(['made', 'first']);
  });
});

describe('the public keys of a destination', () => {
  const keys = async (destinationId = id) => (await secrets.publicKeys(destinationId)).map(({ x }) => x);

  it('are named by the ids of their secrets; shared secrets are not among them', async () => {
    const both = await destination(shared('secret'), pair('key'));
    const live = (await secrets.live([both])).get(both)!;
    expect(await secrets.publicKeys(both)).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x: 'key', kid: live.find(({ kind }) => kind === 'ed25519')!.id },
    ]);
    expect(await keys()).toEqual([]);
  });

  it('are shown for a day after their end, since a receiver may verify late', async () => {
    const both = await destination(pair('old'));
    await secrets.rotate(both, pair('new'), clock.in(60));
    clock.later(DAY_IN_SECONDS + 59);
    expect(await keys(both)).toEqual(['new', 'old']);
    clock.later(1);
    expect(await keys(both)).toEqual(['new']);
  });

  it('are forgotten at the first rotation after that', async () => {
    const both = await destination(pair('old'));
    await secrets.rotate(both, pair('new'), clock.in(60));
    clock.later(DAY_IN_SECONDS + 60);
    await secrets.rotate(both, pair('newer'), clock.in(60));
    expect(
      await operator.rows('select from destination_secret where destination_id = $1', [both]),
    ).toHaveLength(2);
  });

  it('are shown no more of one that was ended by hand, or by a rotation without overlap: it may have leaked', async () => {
    const both = await destination(pair('old'));
    await secrets.rotate(both, pair('new'), clock.in(60));
    const old = (await secrets.live([both])).get(both)!.find(({ value }) => value === 'old')!;
    await secrets.end(both, old.id);
    expect(await keys(both)).toEqual(['new']);
    await secrets.rotate(both, pair('newest'), null);
    expect(await keys(both)).toEqual(['newest']);
  });
});
