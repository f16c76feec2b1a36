/** A client's assertion, signed with its private key: RFC 7523 §3. */
import { createHash } from 'node:crypto';
import {
  createLocalJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyOptions,
} from 'jose';
import type { Client, SpentAssertion } from '@app/tenancy';
import { invalidClient, unknownClient } from './oauth-error.js';

/** Signatures with a private key only: a shared secret has methods of its own. */
export const ASSERTION_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const LONGEST_LIFE_IN_SECONDS = 600;
const CLOCKS_DIFFER_BY_IN_SECONDS = 30;

export interface Expected {
  client: Client;
  /** Who the assertion may be meant for: the token endpoint, or the issuer. The first is what we tell people. */
  audience: string[];
  now: Date;
}

/**
 * @returns what to remember of it, so that it is good for one token only.
 * @throws OAuthError `invalid_client`; tells what is wrong with a claim only to who has the key.
 */
export async function checkedAssertion(assertion: string, expected: Expected): Promise<SpentAssertion> {
  const { client, audience, now } = expected;
  if (!client.jwks) throw unknownClient();
  const options: JWTVerifyOptions = {
    algorithms: ASSERTION_ALGORITHMS,
    issuer: client.id,
    subject: client.id,
    audience,
    requiredClaims: ['exp', 'jti'],
    clockTolerance: CLOCKS_DIFFER_BY_IN_SECONDS,
    currentDate: now,
  };
  const { exp, jti } = await verified(assertion, client.jwks as JSONWebKeySet, options).catch(
    (error: unknown) => {
      throw refusalOf(error, audience[0]!);
    },
  );
  if (typeof jti !== 'string' || jti === '')
    throw wrongClaim('jti must be a text that no other assertion has');
  const end = new Date((exp! + CLOCKS_DIFFER_BY_IN_SECONDS) * 1_000);
  const lifeInSeconds = (end.getTime() - now.getTime()) / 1_000;
  if (lifeInSeconds > LONGEST_LIFE_IN_SECONDS + 2 * CLOCKS_DIFFER_BY_IN_SECONDS)
    throw wrongClaim(`exp must be at most ${LONGEST_LIFE_IN_SECONDS / 60} minutes from now`);
  return { jtiHash: createHash('sha256').update(jti).digest(), until: end };
}

async function verified(
  assertion: string,
  jwks: JSONWebKeySet,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(assertion, createLocalJWKSet(jwks), options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // Without a `kid` each key that could have signed it is tried.
    let last: unknown = error;
    for await (const key of error) {
      try {
        return (await jwtVerify(assertion, key, options)).payload;
      } catch (failure) {
        last = failure;
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw last;
  }
}

/** The signature is checked first: an error about a claim is told to the client itself. */
function refusalOf(error: unknown, tokenUrl: string): unknown {
  if (error instanceof errors.JWTExpired) return wrongClaim('it has expired: exp is over');
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'aud':
        return wrongClaim(`aud must be ${tokenUrl}`);
      case 'iss':
      case 'sub':
        return wrongClaim('iss and sub must both be the client id');
      case 'exp':
      case 'jti':
        return wrongClaim(`${error.claim} is missing or no value of its kind`);
      default:
        return wrongClaim('one of its claims does not fit');
    }
  }
  return error instanceof errors.JOSEError ? unknownClient() : error;
}

function wrongClaim(what: string): Error {
  return invalidClient(`The client assertion is not accepted: ${what}.`);
}
