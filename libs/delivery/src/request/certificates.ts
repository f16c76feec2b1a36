/** Certificates and keys as people paste them (PEM), read and shown without what is secret. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

export const CERTIFICATES_AT_MOST_IN_CHARACTERS = 65_536;
export const PRIVATE_KEY_AT_MOST_IN_CHARACTERS = 16_384;

/** What is wrong with a PEM text; the message is for the person who pasted it. */
export class UnfitPem extends Error {}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * The certificates of a PEM text, the first one's own first.
 * @throws UnfitPem when there is none, one cannot be read, or there is something else in it.
 */
export function certificatesOf(pem: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = [...pem.matchAll(BLOCK)];
  const other = blocks.find(([, label]) => label !== 'CERTIFICATE');
  if (other) throw new UnfitPem(`it must have certificates only, not ${(other[1] ?? '').toLowerCase()}`);
  const [first, ...rest] = blocks.map(([block]) => readCertificate(block));
  if (!first) throw new UnfitPem('it must be a certificate in PEM, from -----BEGIN CERTIFICATE----- on');
  return [first, ...rest];
}

function readCertificate(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw new UnfitPem('it has a certificate that cannot be read');
  }
}

/** @throws UnfitPem */
export function privateKeyOf(pem: string): KeyObject {
  if (/ENCRYPTED/.test(pem)) throw new UnfitPem('it is encrypted: give it without a passphrase');
  try {
    return createPrivateKey(pem);
  } catch {
    throw new UnfitPem('it must be a private key in PEM, from -----BEGIN PRIVATE KEY----- on');
  }
}

/** @throws UnfitPem when one has expired. */
export function refuseExpired(certificates: readonly X509Certificate[], now: Date): void {
  const expired = certificates.find((certificate) => expiryOf(certificate) <= now);
  if (expired) throw new UnfitPem(`it expired on ${expiryOf(expired).toISOString().slice(0, 10)}`);
}

/** @throws UnfitPem when they do not belong together, or the machine's TLS would not use them. */
export function refuseMismatch(certificate: string, privateKey: string): void {
  if (!certificatesOf(certificate)[0].checkPrivateKey(privateKeyOf(privateKey)))
    throw new UnfitPem('it is not the key of the certificate');
  try {
    createSecureContext({ minVersion: 'TLSv1.2', cert: certificate, key: privateKey });
  } catch (error) {
    const { code = 'no reason given' } = error as { code?: string };
    throw new UnfitPem(`it cannot be used for TLS (${code})`);
  }
}

export interface ShownCertificate {
  subject: string;
  issuer: string;
  expires_at: string;
  fingerprint_sha256: string;
}

export function shownCertificate(certificate: X509Certificate): ShownCertificate {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    expires_at: expiryOf(certificate).toISOString(),
    fingerprint_sha256: certificate.fingerprint256,
  };
}

function expiryOf(certificate: X509Certificate): Date {
  return new Date(certificate.validTo);
}

/** Node writes one attribute a line. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
