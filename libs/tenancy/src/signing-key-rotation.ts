/** How one signing key takes another's place: published before it signs, and after it has signed. */
import { Injectable } from '@nestjs/common';
import { Clock, Database, Sealing } from '@app/runtime';
import { LimitReached } from './limit-reached.js';
import type { SigningAlgorithm } from './signing-algorithms.js';
import { newSigningKey, readKeys, SigningKey, stateOf, type KnownSigningKey } from './signing-key-rows.js';
import { SigningKeys } from './signing-keys.js';

/** Receivers read all of them; a JWKS is meant to be small. */
const PUBLISHED_AT_MOST = 10;

const TOO_MANY =
  'Wait until the overlap of an older one is over, or withdraw one (DELETE /signing_keys/{id}).';

/** A key waits already to take the place of the current one. */
export class RotationUnderWay extends Error {
  constructor({ id, algorithm, signsFrom }: SigningKey) {
    super(
      `${id} signs for ${algorithm} from ${signsFrom.toISOString()}. Rotate after that, or withdraw it first (DELETE /signing_keys/${id}).`,
    );
    this.name = 'RotationUnderWay';
  }
}

/** Without it nothing could be signed. */
export class LastSigningKey extends Error {
  constructor({ id, algorithm }: SigningKey) {
    super(
      `${id} is the only key that can sign for ${algorithm}. ` +
        `Make another first: POST /signing_keys/rotate {"algorithm": "${algorithm}", "lead_seconds": 0}.`,
    );
    this.name = 'LastSigningKey';
  }
}

export interface RotationWish {
  algorithm: SigningAlgorithm;
  /** So long the new key is published before it signs; receivers remember a JWKS for some minutes. */
  leadInSeconds: number;
  /** So long, at least, the old one stays published after it has signed for the last time. */
  overlapInSeconds: number;
  /** The id of the API key that asks for it. */
  by: string;
}

@Injectable()
export class SigningKeyRotation {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sealing: Sealing,
    private readonly keys: SigningKeys,
  ) {}

  /** Every key there ever was, newest first. */
  async list(): Promise<KnownSigningKey[]> {
    const all = await readKeys(this.database, this.clock.now());
    return all.sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /**
   * The first key of an algorithm signs at once: it takes nobody's place.
   * @returns the new key, and the one that it replaces. @throws RotationUnderWay @throws LimitReached
   */
  async rotate({ algorithm, leadInSeconds, overlapInSeconds, by }: RotationWish): Promise<{
    made: SigningKey;
    replaced: SigningKey | undefined;
  }> {
    // Before the lock is taken: an RSA key takes a while.
    const key = await newSigningKey(algorithm, {
      now: this.clock.now(),
      createdBy: by,
      sealing: this.sealing,
    });
    return this.changing(async ({ all, now, store }) => {
      const own = all.filter((one) => one.algorithm === algorithm);
      const last = lastOf(own);
      if (last && last.signsFrom > now) throw new RotationUnderWay(last);
      if (own.filter(({ published }) => published).length >= PUBLISHED_AT_MOST)
        throw new LimitReached(`published keys of ${algorithm}`, PUBLISHED_AT_MOST, TOO_MANY);
      const signsFrom = last ? later(now, leadInSeconds) : now;
      const publishedUntil = later(signsFrom, overlapInSeconds);
      const replaced = last && { ...last, retiredAt: signsFrom, publishedUntil };
      if (replaced) await store(replaced);
      const made = { ...key, createdAt: now, signsFrom };
      await store(made);
      return { made, replaced };
    });
  }

  /**
   * Takes a key out of use for good, at once: the JWKS has it no more and its private half is destroyed. An upcoming key takes
   * the place of a current one at once; without an upcoming one the current one goes on, as if there had been no rotation.
   * @returns it, and the key that signs from now on; undefined for an unknown one. A second time changes nothing.
   * @throws LastSigningKey
   */
  withdraw(id: string, by: string): Promise<{ withdrawn: SigningKey; signing: SigningKey } | undefined> {
    return this.changing(async ({ all, now, store }) => {
      const key = all.find((one) => one.id === id);
      if (!key) return undefined;
      const others = all.filter((one) => one.algorithm === key.algorithm && one.id !== id);
      const state = stateOf(key, now);
      const heir = heirOf(others, { key, state, now });
      if (!heir) throw new LastSigningKey(key);
      if (state === 'withdrawn') return { withdrawn: key, signing: heir };
      const withdrawn = {
        ...key,
        retiredAt: key.retiredAt && key.retiredAt < now ? key.retiredAt : now,
        publishedUntil: null,
        privateSealed: null,
        withdrawnAt: now,
        withdrawnBy: by,
      };
      await store(withdrawn);
      await store(heir);
      return { withdrawn, signing: heir };
    });
  }

  private async changing<Result>(work: (keys: Keys) => Promise<Result>): Promise<Result> {
    const result = await this.database.transaction(async (tx, manager) => {
      // Who changes them, or makes the first one, comes one after the other; nobody who only reads them waits.
      await tx.rows('lock table signing_key in share row exclusive mode');
      const now = this.clock.now();
      const store = async (key: SigningKey | KnownSigningKey): Promise<void> => {
        await manager.save(SigningKey, withoutPublished(key));
      };
      return work({ all: await readKeys(tx, now), now, store });
    });
    this.keys.noticeChange();
    return result;
  }
}

interface Keys {
  /** In order of their reigns. */
  all: KnownSigningKey[];
  now: Date;
  store(key: SigningKey): Promise<void>;
}

/** The one that is not to be retired; at most one, by an index. */
function lastOf(keys: readonly KnownSigningKey[]): KnownSigningKey | undefined {
  return keys.find(({ retiredAt, withdrawnAt }) => retiredAt === null && withdrawnAt === null);
}

/** Who signs when `key` is gone, as they must be then. */
function heirOf(
  others: readonly KnownSigningKey[],
  { key, state, now }: { key: SigningKey; state: ReturnType<typeof stateOf>; now: Date },
): KnownSigningKey | undefined {
  const current = others.find((other) => stateOf(other, now) === 'current');
  if (state === 'upcoming') return current && { ...current, retiredAt: null, publishedUntil: null };
  if (state !== 'current') return current;
  const upcoming = lastOf(others);
  return upcoming && upcoming.id !== key.id ? { ...upcoming, signsFrom: now } : undefined;
}

function withoutPublished(key: SigningKey | KnownSigningKey): SigningKey {
  const { published: _, ...row } = { published: false, ...key };
  return row;
}

function later(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1_000);
}
