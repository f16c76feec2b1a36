/** The keys that Rollcall signs JSON Web Tokens with: private halves sealed at rest, public ones for everyone. */
import { Injectable } from '@nestjs/common';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWTPayload } from 'jose';
import { IsNull } from 'typeorm';
import { Clock, Database, newId, Sealing } from '@app/runtime';
import { SigningKey } from './entities.js';

// RS256 with at least 2,048 bits is what every receiver must be able to verify (CAEP interoperability profile).
const ALGORITHM = 'RS256';
const MODULUS_LENGTH_IN_BITS = 2_048;

type PrivateKey = Awaited<ReturnType<typeof importJWK>>;

@Injectable()
export class SigningKeys {
  private current: Promise<{ id: string; key: PrivateKey }> | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly sealing: Sealing,
  ) {}

  /** A compact JWS over the claims, with the `typ` given and the `kid` of a key published in the JWKS. */
  async sign(claims: JWTPayload, typ: string): Promise<string> {
    this.current ??= this.load();
    try {
      const { id, key } = await this.current;
      return await new SignJWT(claims).setProtectedHeader({ typ, alg: ALGORITHM, kid: id }).sign(key);
    } catch (error) {
      this.current = undefined; // so that the next attempt reads the key again
      throw error;
    }
  }

  /** RFC 7517 §5. Retired keys stay as long as something signed with them may be verified. */
  async jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    await this.ensure();
    const keys = await this.database.repository(SigningKey).find({ order: { createdAt: 'DESC' } });
    return { keys: keys.map((key) => key.publicJwk) };
  }

  /** Makes a key when none is in use; of two processes that try at once, one succeeds. */
  async ensure(): Promise<void> {
    const keys = this.database.repository(SigningKey);
    if (await keys.findOneBy({ algorithm: ALGORITHM, retiredAt: IsNull() })) return;
    const now = this.clock.now();
    const id = newId('key', now);
    const pair = await generateKeyPair(ALGORITHM, {
      modulusLength: MODULUS_LENGTH_IN_BITS,
      extractable: true,
    });
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: id, alg: ALGORITHM, use: 'sig' };
    const privateSealed = this.sealing.seal(JSON.stringify(await exportJWK(pair.privateKey)));
    await keys
      .createQueryBuilder()
      .insert()
      .values({
        id,
        algorithm: ALGORITHM,
        publicJwk: publicJwk as never,
        privateSealed,
        createdAt: now,
        retiredAt: null,
      })
      .orIgnore()
      .execute();
  }

  private async load(): Promise<{ id: string; key: PrivateKey }> {
    await this.ensure();
    const row = await this.database
      .repository(SigningKey)
      .createQueryBuilder('row')
      .where('row.retiredAt is null')
      .getOneOrFail();
    return {
      id: row.id,
      key: await importJWK(JSON.parse(this.sealing.open(row.privateSealed)), row.algorithm),
    };
  }
}
