/** How a connection to a stranger is made: the guard is asked every time, and what it checked is what is connected to. */
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { ForbiddenPort, type AddressGuard } from '../address-guard.js';
import type { TlsAccess } from './access.js';

export const CONNECT_TIMEOUT_IN_MILLISECONDS = 5_000;

/** Opens the TCP connection that TLS and HTTP run over when it is not a direct one. */
export interface Tunnel {
  /** @returns the socket of an open tunnel. @throws ProxyFailed, ForbiddenAddress */
  open(hostname: string, port: number, options: { plain: boolean }): Promise<NonNullable<TunnelSocket>>;
}

type TunnelSocket = buildConnector.Options['httpSocket'];

export interface ConnectorOptions {
  tls: SecureContext;
  /** Where a proxy is in between. */
  tunnel: Tunnel | undefined;
  isWanted(): boolean;
}

export function connectorFor(
  guard: AddressGuard,
  { tls, tunnel, isWanted }: ConnectorOptions,
): buildConnector.connector {
  const secure = connector(guard, tls, { plain: false });
  const plain = connector(guard, tls, { plain: true });
  return (options, callback) => {
    // After a request was broken off, the client connects once more although nothing waits for it.
    if (!isWanted()) return callback(new Error('nobody waits for this connection'), null);
    const isPlain = options.protocol === 'http:';
    const port = Number(options.port) || (isPlain ? 80 : 443);
    const connect = isPlain ? plain : secure;
    if (!guard.permitsPort(port)) return callback(new ForbiddenPort(port), null);
    if (tunnel) {
      tunnel.open(options.hostname, port, { plain: isPlain }).then(
        (httpSocket) =>
          isPlain ? callback(null, httpSocket) : connect({ ...options, httpSocket }, callback),
        (error: Error) => callback(error, null),
      );
      return;
    }
    if (!isLiteral(options.hostname)) return connect(options, callback);
    // An address is connected to without a lookup, so it is checked here.
    guard.addressesOf(options.hostname, { plain: isPlain }).then(
      () => connect(options, callback),
      (error: Error) => callback(error, null),
    );
  };
}

function connector(
  guard: AddressGuard,
  secureContext: SecureContext,
  { plain }: { plain: boolean },
): buildConnector.connector {
  return buildConnector({
    secureContext,
    lookup: guard.lookup({ plain }),
    timeout: CONNECT_TIMEOUT_IN_MILLISECONDS,
  });
}

/** As the `hostname` of a URL writes addresses: digits first, or with colons. */
function isLiteral(hostname: string): boolean {
  return /^[\d.]+$/.test(hostname) || hostname.includes(':');
}

/** Made once for many connections: reading certificates takes its time. */
export function secureContextFor(tls?: TlsAccess): SecureContext {
  const own = tls?.certificateAuthority;
  return createSecureContext({
    minVersion: 'TLSv1.2',
    ...(tls?.clientCertificate
      ? { cert: tls.clientCertificate.certificate, key: tls.clientCertificate.privateKey }
      : {}),
    ...(own ? { ca: tls.publicAuthoritiesToo ? [...rootCertificates, own] : own } : {}),
  });
}
