/** What the network said, as a sentence for the attempts page. It never holds anything that was sent. */

/** How far a request had come. */
export type Phase = 'connecting' | 'waiting' | 'reading';

export interface Circumstances {
  /** Name and port, as the URL has them. */
  host: string;
  phase: Phase;
}

const REASON_AT_MOST_IN_CHARACTERS = 300;

/** The machine we run on has run out of something: no fault of the endpoint. */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** What is wrong with a certificate, as OpenSSL calls it and as people do. */
const CERTIFICATES: Record<string, string> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed: set certificate_authority where that is meant to be',
  SELF_SIGNED_CERT_IN_CHAIN:
    'is issued by an authority that is not trusted: set certificate_authority where that is meant to be',
  UNABLE_TO_GET_ISSUER_CERT: 'cannot be traced to a trusted authority: does the server send its whole chain?',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'cannot be traced to a trusted authority: does the server send its whole chain?',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'cannot be traced to a trusted authority: does the server send its whole chain?',
  INVALID_PURPOSE: 'is not meant for servers',
};

type Sentence = (circumstances: Circumstances) => string;

const SENTENCES: Record<string, Sentence> = {
  ENOTFOUND: ({ host }) => `the host ${host} has no address`,
  EAI_AGAIN: ({ host }) => `the name ${host} could not be resolved: DNS gave no answer`,
  ECONNREFUSED: ({ host }) => `the connection was refused: nothing listens at ${host}`,
  EHOSTUNREACH: ({ host }) => `there is no way to ${host}`,
  ENETUNREACH: ({ host }) => `there is no way to the network of ${host}`,
  ETIMEDOUT: ({ host }) => `no connection to ${host} in time`,
  UND_ERR_CONNECT_TIMEOUT: ({ host }) => `no connection to ${host} in time`,
  ECONNRESET: ({ phase }) => `the connection was reset ${MEANWHILE[phase]}`,
  EPIPE: ({ phase }) => `the connection was closed ${MEANWHILE[phase]}`,
  UND_ERR_SOCKET: ({ phase }) => `the connection was closed ${MEANWHILE[phase]}`,
  UND_ERR_HEADERS_TIMEOUT: () => 'connected, but no answer came in time',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: () => 'what came is not an HTTP answer: its length is contradictory',
  UND_ERR_HEADERS_OVERFLOW: () => 'the headers of the answer are larger than 16 KiB',
  HPE_HEADER_OVERFLOW: () => 'the headers of the answer are larger than 16 KiB',
  ERR_SSL_WRONG_VERSION_NUMBER: ({ host }) => `${host} does not speak TLS: is it meant to be http://?`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: ({ host }) => `${host} does not speak TLS: is it meant to be http://?`,
};

const MEANWHILE: Record<Phase, string> = {
  connecting: 'while connecting',
  waiting: 'before an answer came',
  reading: 'in the middle of the answer',
};

/** In the order of looking: the first that fits. */
const TLS_ALERTS: [RegExp, string][] = [
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/,
    'the server speaks nothing newer than TLS 1.1; at least TLS 1.2 is needed',
  ],
  [/CERTIFICATE_REQUIRED/, 'the server demands a client certificate: set client_certificate'],
  [
    /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/,
    'the server does not accept the client certificate',
  ],
  [
    /HANDSHAKE_FAILURE|NO_SHARED|NO_PROTOCOLS/,
    'the server and Rollcall found no way of TLS in common, or it demands a client certificate',
  ],
];

/** Whether it was for want of something on our side. */
export function isOurFailure(error: unknown): boolean {
  return OURS.has(firstOf(error).code ?? '');
}

/** @returns a sentence without a full stop, the code of the error at its end. */
export function reasonOf(error: unknown, circumstances: Circumstances): string {
  const failure = firstOf(error);
  const { message, code = '', name } = failure;
  // Sentences of our own.
  if (/^(Forbidden|Proxy)/.test(name ?? '')) return fit(message ?? '');
  const sentence = sentenceFor(failure, circumstances) ?? message ?? 'the connection failed';
  return fit(code && !sentence.includes(code) ? `${sentence} (${code})` : sentence);
}

function sentenceFor(
  { code = '', name, cert }: NetworkError,
  circumstances: Circumstances,
): string | undefined {
  const { host } = circumstances;
  const ours = OURS.has(code)
    ? 'Rollcall ran out of sockets or memory: the endpoint was not asked'
    : undefined;
  if (ours) return ours;
  if (CERTIFICATES[code]) return `the certificate of ${host} ${CERTIFICATES[code]}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${host} is for another name: ${cert?.subjectaltname || cert?.subject?.CN || 'none'}`;
  }
  if (code.startsWith('ERR_SSL_')) {
    const alert = TLS_ALERTS.find(([pattern]) => pattern.test(code));
    if (alert) return alert[1];
  }
  if (SENTENCES[code] === undefined && (name === 'HTTPParserError' || code.startsWith('HPE_')))
    return 'what came is not an HTTP answer';
  return SENTENCES[code]?.(circumstances);
}

interface PeerCertificate {
  subjectaltname?: string;
  subject?: { CN?: string };
}

interface NetworkError {
  name?: string;
  message?: string;
  code?: string;
  cert?: PeerCertificate;
}

/** A host with several addresses fails with one error for each; the first says enough. */
function firstOf(error: unknown): NetworkError {
  const { errors } = error as { errors?: unknown[] };
  return (errors?.[0] ?? error) as NetworkError;
}

function fit(sentence: string): string {
  return sentence.replaceAll('\u0000', ' ').slice(0, REASON_AT_MOST_IN_CHARACTERS);
}
