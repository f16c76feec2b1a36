import { describe, expect, it } from '@jest/globals';
import { isOurFailure, reasonOf, type Phase } from './reasons.js';

const failure = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`raw ${code}`), { code, ...more });

describe('why a receiver could not be reached', () => {
  it.each<[string, Phase, string]>([
    ['ENOTFOUND', 'connecting', 'the host app.example.com has no address (ENOTFOUND)'],
    ['EAI_AGAIN', 'connecting', 'DNS gave no answer (EAI_AGAIN)'],
    [
      'ECONNREFUSED',
      'connecting',
      'the connection was refused: nothing listens at app.example.com (ECONNREFUSED)',
    ],
    ['ECONNRESET', 'connecting', 'the connection was reset while connecting (ECONNRESET)'],
    ['ECONNRESET', 'waiting', 'the connection was reset before an answer came (ECONNRESET)'],
    ['UND_ERR_SOCKET', 'waiting', 'the connection was closed before an answer came'],
    ['EHOSTUNREACH', 'connecting', 'there is no way to app.example.com'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connecting', 'no connection to app.example.com in time'],
    ['UND_ERR_HEADERS_TIMEOUT', 'waiting', 'connected, but no answer came in time'],
    ['HPE_INVALID_CONSTANT', 'waiting', 'what came is not an HTTP answer'],
    ['UND_ERR_HEADERS_OVERFLOW', 'waiting', 'larger than 16 KiB'],
    ['CERT_HAS_EXPIRED', 'connecting', 'the certificate of app.example.com has expired'],
    ['CERT_NOT_YET_VALID', 'connecting', 'the certificate of app.example.com is not valid yet'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'connecting', 'issued by an authority that is not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'connecting', 'does the server send its whole chain?'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'connecting', 'at least TLS 1.2 is needed'],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'waiting',
      'demands a client certificate: set client_certificate',
    ],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'waiting', 'does not accept the client certificate'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'waiting', 'does not accept the client certificate'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'connecting', 'found no way of TLS in common'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'connecting', 'app.example.com does not speak TLS'],
    ['E_SOMETHING_NEW', 'connecting', 'raw E_SOMETHING_NEW'],
  ])('%s while %s', (code, phase, expected) => {
    const reason = reasonOf(failure(code), { host: 'app.example.com', phase });
    expect(reason).toContain(expected);
    expect(reason).toContain(code);
  });

  it('names the name that a certificate is for', () => {
    const cert = { subjectaltname: 'DNS:other.example.com' };
    const error = failure('ERR_TLS_CERT_ALTNAME_INVALID', { cert });
    expect(reasonOf(error, { host: 'app.example.com', phase: 'connecting' })).toContain(
      'DNS:other.example.com',
    );
  });

  it('speaks of the first address of a host that has several', () => {
    const error = Object.assign(new AggregateError([failure('ECONNREFUSED'), failure('ENETUNREACH')]), {});
    expect(reasonOf(error, { host: 'app.example.com', phase: 'connecting' })).toContain('was refused');
  });

  it('is one line that a database keeps, however long a stranger’s words are', () => {
    const reason = reasonOf(new Error(`a\u0000${'x'.repeat(10_000)}`), { host: 'h', phase: 'waiting' });
    expect(reason).toMatch(/^a x/);
    expect(reason).toHaveLength(300);
  });

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])(
    '%s is our own want, not the receiver’s',
    (code) => {
      expect(isOurFailure(failure(code))).toBe(true);
      expect(reasonOf(failure(code), { host: 'h', phase: 'connecting' })).toContain(
        'the endpoint was not asked',
      );
    },
  );

  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND'])('%s is the receiver’s', (code) => {
    expect(isOurFailure(failure(code))).toBe(false);
  });
});
