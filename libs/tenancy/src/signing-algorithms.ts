/** What Rollcall signs JSON Web Tokens with: RFC 7518 §3.1, RFC 8037 §3.1. */
import { exportJWK, generateKeyPair, type GenerateKeyPairOptions, type JWK } from 'jose';

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** What every receiver must be able to verify (CAEP interoperability profile), with at least 2,048 bits (RFC 7518 §3.3). */
export const DEFAULT_SIGNING_ALGORITHM: SigningAlgorithm = 'RS256';

const OPTIONS: Readonly<Record<SigningAlgorithm, GenerateKeyPairOptions>> = {
  RS256: { modulusLength: 2_048 },
  ES256: {},
  EdDSA: { crv: 'Ed25519' },
};

/** @returns both halves as JSON Web Keys (RFC 7517), the public one without `kid`. */
export async function newKeyPair(algorithm: SigningAlgorithm): Promise<{ publicJwk: JWK; privateJwk: JWK }> {
  const pair = await generateKeyPair(algorithm, { ...OPTIONS[algorithm], extractable: true });
  return { publicJwk: await exportJWK(pair.publicKey), privateJwk: await exportJWK(pair.privateKey) };
}
