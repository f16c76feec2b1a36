/** The settings `request` of a destination: with what its requests are made. Checked, stored sealed, shown without secrets. */
import { createHash } from 'node:crypto';
import { checkDestinationUrl, UnsuitableUrl, type AddressGuard } from '../address-guard.js';
import type { Access, OAuthAccess, TlsAccess } from './access.js';
import { certificatesOf, shownCertificate } from './certificates.js';
import { AUTHENTICATIONS, isObject, requestProblems, type RequestProblem } from './settings-rules.js';

export interface RequestSettings {
  headers?: Record<string, string>;
  oauth?: {
    token_url: string;
    client_id: string;
    client_secret: string;
    scope?: string;
    audience?: string;
    authentication?: OAuthAccess['authentication'];
  };
  /** PEM; a chain begins with the certificate itself. */
  client_certificate?: { certificate: string; private_key: string };
  /** PEM, one or more. */
  certificate_authority?: string;
}

export class InvalidRequest extends Error {
  constructor(readonly problems: readonly RequestProblem[]) {
    super(problems.map(({ field, message }) => `request${field && `.${field}`}: ${message}`).join('; '));
    this.name = 'InvalidRequest';
  }
}

/**
 * Settings with a change merged in (RFC 7396): what is given replaces, null removes, what is left out stays.
 * @param change null removes everything.
 * @returns the settings to be stored, or null when nothing is left.
 * @throws InvalidRequest with every problem at once.
 */
export async function changedRequest(
  stored: object,
  change: object | null,
  { guard, now }: { guard: AddressGuard; now: Date },
): Promise<RequestSettings | null> {
  if (change === null) return null;
  const settings = mergePatch(stored, change) as Record<string, unknown>;
  const problems = requestProblems(settings, now);
  if (problems.length > 0) throw new InvalidRequest(problems);
  const { oauth, headers } = settings as RequestSettings;
  if (oauth) await checkTokenUrl(oauth.token_url, guard);
  if (headers && Object.keys(headers).length === 0) delete settings['headers'];
  return Object.keys(settings).length === 0 ? null : (settings as RequestSettings);
}

/** @param stored settings that were valid when they were stored. */
export function accessOf(destinationId: string, stored: RequestSettings): Access {
  const { headers, oauth } = stored;
  const tls = tlsOf(stored);
  return {
    destinationId,
    ...(headers
      ? { headers: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]) }
      : {}),
    ...(tls ? { tls } : {}),
    ...(oauth ? { oauth: oauthOf(oauth) } : {}),
  };
}

/** What the API answers: names and ends, never a secret. Always with the same members. */
export function shownRequest({
  headers = {},
  oauth,
  client_certificate: own,
  certificate_authority: authority,
}: RequestSettings): object {
  return {
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, endOf(value)])),
    oauth: oauth
      ? { authentication: AUTHENTICATIONS[0], ...oauth, client_secret: endOf(oauth.client_secret) }
      : null,
    client_certificate: own ? shownCertificate(certificatesOf(own.certificate)[0]) : null,
    certificate_authority: authority ? certificatesOf(authority).map(shownCertificate) : null,
  };
}

/** RFC 7396. Names of headers are the same in capitals and small letters. */
function mergePatch(target: unknown, patch: unknown, insensitive = false): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    const known = Object.keys(isObject(target) ? target : {}).find((other) =>
      insensitive ? other.toLowerCase() === name.toLowerCase() : other === name,
    );
    const before = known === undefined ? undefined : result[known];
    if (known !== undefined) delete result[known];
    if (value !== null) result[name] = mergePatch(before, value, name === 'headers');
  }
  return result;
}

async function checkTokenUrl(url: string, guard: AddressGuard): Promise<void> {
  try {
    await checkDestinationUrl(url, guard);
  } catch (error) {
    if (!(error instanceof UnsuitableUrl)) throw error;
    throw new InvalidRequest([{ field: 'oauth.token_url', message: error.message }]);
  }
}

function tlsOf({
  client_certificate: own,
  certificate_authority: authority,
}: RequestSettings): TlsAccess | undefined {
  if (!own && !authority) return undefined;
  return {
    key: digestOf([own ?? null, authority ?? null]),
    ...(own ? { clientCertificate: { certificate: own.certificate, privateKey: own.private_key } } : {}),
    ...(authority ? { certificateAuthority: authority } : {}),
  };
}

function oauthOf(oauth: NonNullable<RequestSettings['oauth']>): OAuthAccess {
  const {
    token_url,
    client_id,
    client_secret,
    scope,
    audience,
    authentication = 'client_secret_basic',
  } = oauth;
  return {
    key: digestOf(oauth),
    tokenUrl: token_url,
    clientId: client_id,
    clientSecret: client_secret,
    authentication,
    ...(scope ? { scope } : {}),
    ...(audience ? { audience } : {}),
  };
}

function digestOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
}

const SHOWN_CHARACTERS = 4;

/** The end of a secret, for people to tell one from another; nothing of one that is short. */
function endOf(secret: string): string {
  return secret.length >= 4 * SHOWN_CHARACTERS ? `…${secret.slice(-SHOWN_CHARACTERS)}` : '…';
}
