/** Calls through the operator's proxy: CONNECT (RFC 9110 §9.3.6), so that TLS reaches from here to the endpoint. */
import type { Duplex } from 'node:stream';
import { Pool } from 'undici';
import type { AddressGuard } from '../address-guard.js';
import { CONNECT_TIMEOUT_IN_MILLISECONDS, type Tunnel } from './connect.js';

/** Not the endpoint's fault, unless the proxy says that it could not reach it. */
export class ProxyFailed extends Error {
  readonly code = 'ERR_PROXY';

  constructor(
    message: string,
    readonly ours: boolean,
  ) {
    super(message);
    this.name = 'ProxyFailed';
  }
}

/** RFC 9110 §15.6: what a proxy says of the one behind it. Squid says 503 when the endpoint refuses the connection. */
const ENDPOINT_NOT_REACHED = new Set([502, 503, 504]);
/** Of a host with many addresses so many are tried. */
const ADDRESSES_AT_MOST = 3;

export class Proxy implements Tunnel {
  private readonly pool: Pool;
  private readonly headers: Record<string, string>;

  /** @param address with user name and password where the proxy wants them; they are never told. */
  constructor(
    address: string,
    private readonly guard: AddressGuard,
  ) {
    const url = new URL(address);
    this.pool = new Pool(url.origin, {
      connect: { timeout: CONNECT_TIMEOUT_IN_MILLISECONDS },
      pipelining: 1,
    });
    const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
    this.headers =
      credentials === ':'
        ? {}
        : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
  }

  async open(hostname: string, port: number, { plain }: { plain: boolean }): Promise<never> {
    const addresses = await this.guard.addressesOf(hostname, { plain });
    const targets = addresses.length === 0 ? [hostname] : inOrder(addresses);
    let last: unknown;
    for (const target of targets.slice(0, ADDRESSES_AT_MOST)) {
      try {
        return (await this.connect(`${target.includes(':') ? `[${target}]` : target}:${port}`)) as never;
      } catch (error) {
        last = error;
        if (error instanceof ProxyFailed && error.ours) break;
      }
    }
    throw last;
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async connect(authority: string): Promise<Duplex> {
    const { statusCode, socket } = await this.pool
      .connect({
        path: authority,
        headers: { host: authority, ...this.headers },
        signal: AbortSignal.timeout(CONNECT_TIMEOUT_IN_MILLISECONDS),
      })
      .catch((error: NodeJS.ErrnoException) => {
        const why =
          error.name === 'TimeoutError' ? 'it did not answer in time' : (error.code ?? error.message);
        throw new ProxyFailed(`the proxy could not be used: ${why}. The endpoint was not asked`, true);
      });
    if (statusCode >= 200 && statusCode < 300) return socket;
    socket.on('error', () => undefined).destroy();
    if (ENDPOINT_NOT_REACHED.has(statusCode))
      throw new ProxyFailed(`the proxy could not reach the endpoint (it answered ${statusCode})`, false);
    const hint = statusCode === 407 ? ': see the user name and password in ROLLCALL_EGRESS_PROXY' : '';
    throw new ProxyFailed(
      `the proxy refused to connect (it answered ${statusCode}${hint}). The endpoint was not asked`,
      true,
    );
  }
}

/** Proxies without IPv6 are common. */
function inOrder(addresses: readonly { address: string; family: number }[]): string[] {
  return [...addresses].sort((one, other) => one.family - other.family).map(({ address }) => address);
}
