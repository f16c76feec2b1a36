/** The rows of signing keys: which there are, which are published, and whose turn it is. */
import { Column, Entity, PrimaryColumn, type EntityManager } from 'typeorm';
import { newId, type Sealing, type Tx } from '@app/runtime';
import { IS_NEEDED } from './signing-key-need.js';
import { newKeyPair, type SigningAlgorithm } from './signing-algorithms.js';

@Entity({ name: 'signing_key' })
export class SigningKey {
  /** The `kid` of the JSON Web Key. */
  @PrimaryColumn('text') id: string;
  @Column('text') algorithm: SigningAlgorithm;
  @Column('jsonb', { name: 'public_jwk' }) publicJwk: Record<string, unknown>;
  /** Null: destroyed. */
  @Column('text', { name: 'private_sealed', nullable: true }) privateSealed: string | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'signs_from' }) signsFrom: Date;
  /** When the next key of its algorithm takes its place; null: there is none. */
  @Column('timestamptz', { name: 'retired_at', nullable: true }) retiredAt: Date | null;
  /** At least. Null: it is not to be retired. */
  @Column('timestamptz', { name: 'published_until', nullable: true }) publishedUntil: Date | null;
  /** An API key's id; null: nobody asked for it. */
  @Column('text', { name: 'created_by', nullable: true }) createdBy: string | null;
  @Column('timestamptz', { name: 'withdrawn_at', nullable: true }) withdrawnAt: Date | null;
  @Column('text', { name: 'withdrawn_by', nullable: true }) withdrawnBy: string | null;
}

export interface KnownSigningKey extends SigningKey {
  /** Its public half is in the JWKS. */
  published: boolean;
}

export type SigningKeyState = 'upcoming' | 'current' | 'retired' | 'withdrawn';

export function stateOf({ withdrawnAt, signsFrom, retiredAt }: SigningKey, now: Date): SigningKeyState {
  if (withdrawnAt) return 'withdrawn';
  if (retiredAt && retiredAt <= now) return 'retired';
  return signsFrom > now ? 'upcoming' : 'current';
}

/**
 * The key that was current at `at`; when that one is gone, the one after it. The reign of the first begins with time itself:
 * it was made when something older than itself was to be signed.
 * @param keys the published ones of one algorithm, in order of their reigns.
 * @param at no later than now.
 */
export function keyAt<Key extends Pick<SigningKey, 'retiredAt'>>(
  keys: readonly Key[],
  at: Date,
): Key | undefined {
  return keys.find(({ retiredAt }) => retiredAt === null || retiredAt > at);
}

const PUBLISHED = `k.withdrawn_at is null and k.private_sealed is not null
  and (k.retired_at is null or k.published_until > $1 or ${IS_NEEDED})`;

const ALL = `
  select k.id, k.algorithm, k.public_jwk as "publicJwk", k.private_sealed as "privateSealed", k.created_at as "createdAt",
         k.signs_from as "signsFrom", k.retired_at as "retiredAt", k.published_until as "publishedUntil",
         k.created_by as "createdBy", k.withdrawn_at as "withdrawnAt", k.withdrawn_by as "withdrawnBy",
         (${PUBLISHED}) as published
    from signing_key k`;

/** Every key there ever was, in order of their reigns. */
export function readKeys(tx: Tx, now: Date): Promise<KnownSigningKey[]> {
  return tx.rows(`${ALL} order by k.retired_at nulls last, k.signs_from`, [now]);
}

/**
 * Those whose public half may be needed, in order of their reigns. The private half of one that is needed no more is
 * destroyed by whoever sees it first: what receivers have forgotten never signs again.
 */
export async function readPublished(tx: Tx, now: Date): Promise<KnownSigningKey[]> {
  const keys = await tx.rows<KnownSigningKey>(
    `${ALL} where k.private_sealed is not null order by k.retired_at nulls last, k.signs_from`,
    [now],
  );
  const published = keys.filter((key) => key.published);
  if (published.length < keys.length)
    await tx.rows(
      `update signing_key k set private_sealed = null where k.private_sealed is not null and not (${PUBLISHED})`,
      [now],
    );
  return published;
}

/** The public halves of all that were not withdrawn, newest first. */
export async function readHistory(tx: Tx): Promise<Record<string, unknown>[]> {
  const rows = await tx.rows<{ publicJwk: Record<string, unknown> }>(
    'select public_jwk as "publicJwk" from signing_key where withdrawn_at is null order by id desc',
  );
  return rows.map(({ publicJwk }) => publicJwk);
}

/** A key that has not been stored. */
export async function newSigningKey(
  algorithm: SigningAlgorithm,
  { now, createdBy, sealing }: { now: Date; createdBy: string | null; sealing: Sealing },
): Promise<SigningKey> {
  const id = newId('key', now);
  const { publicJwk, privateJwk } = await newKeyPair(algorithm);
  return {
    id,
    algorithm,
    publicJwk: { ...publicJwk, kid: id, alg: algorithm, use: 'sig' },
    privateSealed: sealing.seal(JSON.stringify(privateJwk)),
    createdAt: now,
    signsFrom: now,
    retiredAt: null,
    publishedUntil: null,
    createdBy,
    withdrawnAt: null,
    withdrawnBy: null,
  };
}

/** Does nothing when its algorithm has a key that is not to be retired: a unique index lets one of two through. */
export async function insertUnlessThere(manager: EntityManager, key: SigningKey): Promise<void> {
  await manager
    .createQueryBuilder()
    .insert()
    .into(SigningKey)
    .values(key as never)
    .orIgnore()
    .execute();
}
