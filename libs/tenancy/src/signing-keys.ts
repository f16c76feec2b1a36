/** The keys that Rollcall signs JSON Web Tokens with: private halves sealed at rest, public ones for everyone. */
import { Injectable } from '@nestjs/common';
import { importJWK, SignJWT, type JWK, type JWTPayload } from 'jose';
import { Clock, Database, Sealing } from '@app/runtime';
import { signEs256 } from './deterministic-es256.js';
import { Remembered } from './remembered.js';
import { DEFAULT_SIGNING_ALGORITHM, type SigningAlgorithm } from './signing-algorithms.js';
import {
  insertUnlessThere,
  keyAt,
  newSigningKey,
  readHistory,
  readPublished,
  type KnownSigningKey,
} from './signing-key-rows.js';

/** How soon each process notices what was done to the keys on another one. */
const LIFE_IN_MILLISECONDS = 2_000;
/** A database that does not answer delays one signature in each such time, and no longer than this. */
const PATIENCE_IN_MILLISECONDS = 1_000;
const LIMITS = {
  lifeInMilliseconds: LIFE_IN_MILLISECONDS,
  patienceInMilliseconds: PATIENCE_IN_MILLISECONDS,
};

/** @returns a compact JWS. */
type Signer = (claims: JWTPayload, header: Header) => Promise<string>;

interface Header extends Record<string, unknown> {
  alg: SigningAlgorithm;
  typ: string;
  kid: string;
}

export interface SigningOptions {
  /** RS256 unless told otherwise. */
  algorithm?: SigningAlgorithm;
  /**
   * When the thing happened that is told of: signed with the key of that time while it exists, so that a retry after a
   * rotation has the same bytes. Without it: the current key.
   */
  at?: Date;
}

@Injectable()
export class SigningKeys {
  private readonly published: Remembered<KnownSigningKey[]>;
  private readonly everSigned: Remembered<Record<string, unknown>[]>;
  private readonly opened = new Map<string, Promise<Signer>>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sealing: Sealing,
  ) {
    const now = (): number => clock.now().getTime();
    this.published = new Remembered(() => readPublished(database, clock.now()), now, LIMITS);
    this.everSigned = new Remembered(() => readHistory(database), now, LIMITS);
  }

  /**
   * A compact JWS (RFC 7515 §3.1) over the claims, with the `typ` given and the `kid` of a key published in the JWKS. It costs
   * no query, and needs no database once the keys are known.
   * @throws SealBroken with another secret key
   */
  async sign(
    claims: JWTPayload,
    typ: string,
    { algorithm = DEFAULT_SIGNING_ALGORITHM, at }: SigningOptions = {},
  ): Promise<string> {
    const keys = await this.publishedOf(algorithm);
    const now = this.clock.now();
    const key = keyAt(keys, at && at < now ? at : now);
    if (!key) throw new Error(`there is no signing key for ${algorithm}`);
    const signed = await this.open(key);
    return signed(claims, { typ, alg: algorithm, kid: key.id });
  }

  /** RFC 7517 §5: keys that will sign, that sign, and that have signed what may still be verified; newest first. */
  async jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    await this.publishedOf(DEFAULT_SIGNING_ALGORITHM);
    const keys = [...(await this.published.get())];
    return { keys: keys.sort((a, b) => (a.id < b.id ? 1 : -1)).map((key) => key.publicJwk) };
  }

  /**
   * The public halves of all keys that there ever were, newest first, for who verifies what was signed years ago. Without those that
   * were withdrawn: what such a key seems to have signed proves nothing.
   */
  async history(): Promise<{ keys: Record<string, unknown>[] }> {
    return { keys: await this.everSigned.get() };
  }

  /** Makes a key when the algorithm has none; of two processes that try at once, one succeeds. */
  async ensure(algorithm: SigningAlgorithm = DEFAULT_SIGNING_ALGORITHM): Promise<void> {
    await this.publishedOf(algorithm);
  }

  /** For who has changed the keys: this process goes by it at once. */
  noticeChange(): void {
    this.published.expire();
    this.everSigned.expire();
  }

  /** In order of their reigns; at least one. */
  private async publishedOf(algorithm: SigningAlgorithm): Promise<KnownSigningKey[]> {
    const known = await this.publishedNow(algorithm);
    if (known.length > 0) return known;
    const facts = { now: this.clock.now(), createdBy: null, sealing: this.sealing };
    const key = await newSigningKey(algorithm, facts);
    await this.database.transaction((_tx, manager) => insertUnlessThere(manager, key));
    this.noticeChange();
    return this.publishedNow(algorithm);
  }

  private async publishedNow(algorithm: SigningAlgorithm): Promise<KnownSigningKey[]> {
    const keys = await this.published.get();
    this.forgetOthers(keys);
    return keys.filter((key) => key.algorithm === algorithm);
  }

  private open({ id, algorithm, privateSealed }: KnownSigningKey): Promise<Signer> {
    const known = this.opened.get(id);
    if (known) return known;
    const opened = this.unseal(privateSealed!, algorithm);
    this.opened.set(id, opened);
    opened.catch(() => this.opened.delete(id));
    return opened;
  }

  private async unseal(sealed: string, algorithm: SigningAlgorithm): Promise<Signer> {
    const jwk = JSON.parse(this.sealing.open(sealed)) as JWK;
    if (algorithm === 'ES256') return (claims, header) => Promise.resolve(compactEs256(claims, header, jwk));
    const key = await importJWK(jwk, algorithm);
    return (claims, header) => new SignJWT(claims).setProtectedHeader(header).sign(key);
  }

  /** The private half of a key that is gone stays nowhere. */
  private forgetOthers(keys: readonly KnownSigningKey[]): void {
    for (const id of this.opened.keys()) if (!keys.some((key) => key.id === id)) this.opened.delete(id);
  }
}

/** As the others are: the same claims and the same key make the same bytes. RFC 7515 §3.1 */
function compactEs256(claims: JWTPayload, header: Header, privateJwk: JWK): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${signEs256(text, privateJwk).toString('base64url')}`;
}
