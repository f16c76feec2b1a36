/** The public keys that a person pastes for a client: RFC 7517, with everything refused that must not or need not be there. */
import { importJWK, type JWK } from 'jose';
import type { PublicKeys } from '@app/tenancy';
import type { FieldError } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';
import { ASSERTION_ALGORITHMS } from './assertion.js';

const KEYS_AT_MOST = 10;
const RSA_BITS = { least: 2_048, most: 8_192 };
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
/** What is kept of a key; certificates and comments are not needed. */
const KEPT_MEMBERS = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'];

type Members = Record<string, unknown>;

/** @returns the keys as they are kept. @throws ApiError 422 with the place of each mistake */
export async function readPublicKeys(jwks: Members): Promise<PublicKeys> {
  const { keys } = jwks;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > KEYS_AT_MOST) {
    throw invalid([
      wrong('jwks.keys', 'invalid_keys', `jwks.keys must be a list of 1 to ${KEYS_AT_MOST} public keys`),
    ]);
  }
  const read = await Promise.all(keys.map((key, index) => readKey(key, `jwks.keys.${index}`)));
  const errors = read.flatMap((each) => ('error' in each ? [each.error] : []));
  if (errors.length > 0) throw invalid(errors);
  const kept = read.flatMap((each) => ('key' in each ? [each.key] : []));
  const ids = kept.map(({ kid }) => kid).filter((kid) => kid !== undefined);
  if (new Set(ids).size < ids.length)
    throw invalid([wrong('jwks.keys', 'duplicate_kid', 'two of jwks.keys have the same kid')]);
  return { keys: kept };
}

async function readKey(key: unknown, field: string): Promise<{ key: Members } | { error: FieldError }> {
  if (typeof key !== 'object' || key === null || Array.isArray(key))
    return { error: wrong(field, 'invalid_key', `${field} must be a JSON Web Key`) };
  const members = key as Members;
  const error = mistakeOf(members, field);
  if (error) return { error };
  const kept = Object.fromEntries(
    KEPT_MEMBERS.filter((name) => name in members).map((name) => [name, members[name]]),
  );
  try {
    await importJWK(kept as JWK, algorithmOf(members));
    return { key: kept };
  } catch {
    return { error: wrong(field, 'invalid_key', `${field} cannot be read as a public key`) };
  }
}

function mistakeOf(key: Members, field: string): FieldError | undefined {
  if (key['kty'] === 'oct') {
    const message = `${field} is a symmetric key: paste the public half of a key pair, or use a client secret`;
    return wrong(field, 'symmetric_key', message);
  }
  if (PRIVATE_MEMBERS.some((name) => name in key)) {
    const message = `${field} holds a private key: paste its public half only, and replace the pair, since it has been sent`;
    return wrong(field, 'private_key', message);
  }
  for (const name of KEPT_MEMBERS) {
    if (name in key && (typeof key[name] !== 'string' || key[name].length > 2_000))
      return wrong(`${field}.${name}`, 'invalid_key', `${field}.${name} must be a text`);
  }
  if (key['use'] !== undefined && key['use'] !== 'sig')
    return wrong(`${field}.use`, 'invalid_use', `${field}.use must be sig: the key is for signatures`);
  if (key['kty'] === 'RSA') {
    const bits = bitsOf(String(key['n'] ?? ''));
    if (bits < RSA_BITS.least || bits > RSA_BITS.most) {
      const message = `${field} is an RSA key of ${bits} bits: it must have ${RSA_BITS.least} to ${RSA_BITS.most}`;
      return wrong(field, 'invalid_key_length', message);
    }
  }
  const fitting = algorithmsOf(key);
  if (fitting.length === 0) {
    const message = `${field} must be an RSA key, an EC key on P-256, P-384 or P-521, or an OKP key on Ed25519`;
    return wrong(field, 'unsupported_key', message);
  }
  if (key['alg'] !== undefined && !fitting.includes(key['alg'] as string))
    return wrong(
      `${field}.alg`,
      'unsupported_algorithm',
      `${field}.alg must be one of ${fitting.join(', ')}`,
    );
  return undefined;
}

/** The algorithms that a key of this kind can be used with here. */
function algorithmsOf({ kty, crv }: Members): string[] {
  const ofCurve: Readonly<Record<string, string[]>> = {
    'EC P-256': ['ES256'],
    'EC P-384': ['ES384'],
    'EC P-521': ['ES512'],
    'OKP Ed25519': ['EdDSA', 'Ed25519'],
  };
  if (kty === 'RSA') return ASSERTION_ALGORITHMS.filter((name) => /^[RP]S/.test(name));
  return ofCurve[`${String(kty)} ${String(crv)}`] ?? [];
}

function algorithmOf(key: Members): string {
  return (key['alg'] as string | undefined) ?? algorithmsOf(key)[0]!;
}

function bitsOf(base64url: string): number {
  const hex = Buffer.from(base64url, 'base64url').toString('hex');
  return hex === '' ? 0 : BigInt(`0x${hex}`).toString(2).length;
}

function wrong(field: string, code: string, message: string): FieldError {
  return { field, code, message };
}
