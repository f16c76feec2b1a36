/** Bearer credentials: made from 256 bits of chance, shown once, kept only as a hash. */
import { createHash, randomBytes } from 'node:crypto';

export interface Credential {
  /** Shown once, to the person who asked for it. */
  secret: string;
  hash: Buffer;
  /** The last four characters, so that people can tell credentials apart. */
  suffix: string;
}

/**
 * API keys, bearer tokens of directories, access tokens (OAuth 2.0), and the secrets of OAuth clients; of receivers; links into
 * the portal and the sessions that they start; feed tokens.
 */
export type CredentialPrefix =
  'sk_' | 'scim_' | 'scim_at_' | 'scim_cs_' | 'ssf_at_' | 'ssf_cs_' | 'portal_' | 'portal_session_' | 'feed_';

export function newCredential(prefix: CredentialPrefix): Credential {
  return credentialOf(prefix + randomBytes(32).toString('base64url'));
}

export function credentialOf(secret: string): Credential {
  return { secret, hash: hashOf(secret), suffix: secret.slice(-4) };
}

/** A plain hash is enough: the input has 256 bits of chance, so there is nothing to guess. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
