/**
 * Keeps destinations from pointing into private networks: checked when one is made, with a clear sentence, and again
 * at every connection, where the address that was checked is the one that is connected to (DNS may change its mind).
 */
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Config } from '@app/runtime';
import { Names, notFound } from './request/names.js';
import { isPortAllowed, portOf, type PortRange } from './request/ports.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** All addresses of a host. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

export interface AddressGuardOptions {
  /** Networks (CIDR) that are allowed although they are private; `http:` is allowed there too. */
  allowedNetworks?: readonly string[];
  /** Ports that may be called; without it the product's own list. */
  allowedPorts?: readonly PortRange[];
  /** A proxy resolves the names: only addresses that are written as such can be judged here. */
  namesAreProxied?: boolean;
  resolve?: Resolve;
}

/** What `ROLLCALL_ALLOWED_PORTS` says unless the operator says otherwise. */
const STANDARD_PORTS: readonly PortRange[] = [
  { from: 80, to: 80 },
  { from: 443, to: 443 },
  { from: 1_024, to: 65_535 },
];

export class ForbiddenAddress extends Error {
  readonly code = 'ERR_FORBIDDEN_ADDRESS';

  constructor(readonly address: string) {
    super(`the address ${address} is not on the public internet, and its network is not allowed`);
    this.name = 'ForbiddenAddress';
  }
}

export class ForbiddenPort extends Error {
  readonly code = 'ERR_FORBIDDEN_PORT';

  constructor(readonly port: number) {
    super(`the port ${port} must not be called: the operator can allow it with ROLLCALL_ALLOWED_PORTS`);
    this.name = 'ForbiddenPort';
  }
}

export type UrlProblem =
  | 'not_a_url'
  | 'https_required'
  | 'credentials_in_url'
  | 'fragment_in_url'
  | 'host_unknown'
  | 'forbidden_address'
  | 'forbidden_port';

/** A destination's URL that will not do. The message is for the person who typed it. */
export class UnsuitableUrl extends Error {
  constructor(
    readonly code: UrlProblem,
    message: string,
  ) {
    super(message);
    this.name = 'UnsuitableUrl';
  }
}

// What ipaddr.js calls unicast although nobody on the public internet has it, or it leads into IPv4 behind our back.
const FORBIDDEN = [
  '192.88.99.0/24', // RFC 7526: deprecated 6to4 relays
  '198.18.0.0/15', // RFC 2544: benchmarks
  '3fff::/20', // RFC 9637: documentation
  '2001::/23', // RFC 2928: protocol assignments, Teredo among them
  '5f00::/16', // RFC 9602: SRv6 segment identifiers
  '100::/64', // RFC 6666: discard
  '64:ff9b::/96', // RFC 6052: translates to any IPv4 address
  '64:ff9b:1::/48', // RFC 8215: the same, locally
  '::/96', // RFC 4291 §2.5.5.1: deprecated IPv4-compatible addresses
].map((network) => ipaddr.parseCIDR(network));

/** One for the process: questions about the same name are asked once. */
const names = new Names();

/** RFC 4291 §2.4, IANA: what has been given out for global unicast. Everything else is refused by default. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

export class AddressGuard {
  private readonly allowed: Network[];
  private readonly ports: readonly PortRange[];
  private readonly namesAreProxied: boolean;
  private readonly resolve: Resolve;

  constructor(options: AddressGuardOptions = {}) {
    this.allowed = (options.allowedNetworks ?? []).map((network) => ipaddr.parseCIDR(network));
    this.ports = options.allowedPorts ?? STANDARD_PORTS;
    this.namesAreProxied = options.namesAreProxied ?? false;
    this.resolve = options.resolve ?? ((host) => names.resolve(host));
  }

  /** As the operator configured it. */
  static of(
    config: Pick<Config, 'allowedPrivateNetworks' | 'allowedPorts' | 'egressProxy' | 'egressProxyResolves'>,
  ): AddressGuard {
    return new AddressGuard({
      allowedNetworks: config.allowedPrivateNetworks,
      allowedPorts: config.allowedPorts,
      namesAreProxied: config.egressProxy !== undefined && config.egressProxyResolves,
    });
  }

  permitsPort(port: number): boolean {
    return isPortAllowed(port, this.ports);
  }

  /** Whether a connection to this address may be made. What does not parse may not. */
  permits(address: string): boolean {
    const parsed = read(address);
    return parsed !== undefined && (isIn(parsed, this.allowed) || isPublic(parsed));
  }

  /** Whether the operator named the address's network: only there plain HTTP is spoken. */
  isNamed(address: string): boolean {
    const parsed = read(address);
    return parsed !== undefined && isIn(parsed, this.allowed);
  }

  /**
   * Every address of a host, checked; none where a proxy is the one to resolve it. One bad address condemns the host:
   * the connection could choose it.
   * @param host a name or an address, as the `hostname` of a URL has it.
   * @throws ForbiddenAddress, or what the resolver threw.
   */
  async addressesOf(host: string, { plain }: { plain: boolean }): Promise<LookupAddress[]> {
    const literal = host.replace(/^\[|\]$/g, '');
    const isLiteral = ipaddr.isValid(literal);
    // Whether a name leads into a network that the operator named cannot be known here, so it is not spoken to in clear.
    if (!isLiteral && this.namesAreProxied && plain) throw new ForbiddenAddress(host);
    if (!isLiteral && this.namesAreProxied) return [];
    const addresses = isLiteral
      ? [{ address: literal, family: ipaddr.parse(literal).kind() === 'ipv6' ? 6 : 4 }]
      : await this.resolve(literal);
    for (const { address } of addresses) {
      if (!(plain ? this.isNamed(address) : this.permits(address))) throw new ForbiddenAddress(address);
    }
    return addresses;
  }

  /** For the `connect` of an HTTP client. Literal addresses never come here; see `addressesOf`. */
  lookup({ plain }: { plain: boolean }): LookupFunction {
    return (host, options, callback) => {
      this.addressesOf(host, { plain }).then(
        (all) => {
          const wanted = all.filter(({ family }) => !options.family || options.family === family);
          const [first] = wanted;
          if (!first) callback(notFound(host), '', 0);
          else if (options.all) callback(null, wanted);
          else callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, '', 0),
      );
    };
  }
}

/** @throws UnsuitableUrl when Rollcall would never call this URL. */
export async function checkDestinationUrl(text: string, guard: AddressGuard): Promise<void> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UnsuitableUrl('not_a_url', 'The URL must be complete and start with https://.');
  }
  if (url.username || url.password) {
    throw new UnsuitableUrl('credentials_in_url', 'The URL must not contain a user name or a password.');
  }
  if (text.includes('#'))
    throw new UnsuitableUrl('fragment_in_url', 'The URL must not contain a fragment (#).');
  if (!guard.permitsPort(portOf(url))) {
    throw new UnsuitableUrl(
      'forbidden_port',
      `The port ${portOf(url)} must not be called. The operator can allow it with ROLLCALL_ALLOWED_PORTS.`,
    );
  }
  try {
    const addresses = await guard.addressesOf(url.hostname, { plain: false });
    const plainIsFine = addresses.length > 0 && addresses.every(({ address }) => guard.isNamed(address));
    if (url.protocol === 'http:' && !plainIsFine) {
      throw new UnsuitableUrl(
        'https_required',
        'The URL must start with https://. Plain http:// is for networks in ROLLCALL_ALLOWED_PRIVATE_NETWORKS only.',
      );
    }
  } catch (error) {
    if (error instanceof ForbiddenAddress) {
      throw new UnsuitableUrl(
        'forbidden_address',
        `The host ${url.hostname} has the address ${error.address}, which is not on the public internet. ` +
          'The operator can allow its network with ROLLCALL_ALLOWED_PRIVATE_NETWORKS.',
      );
    }
    if (error instanceof UnsuitableUrl) throw error;
    throw new UnsuitableUrl('host_unknown', `The host ${url.hostname} has no address.`);
  }
}

/** ::ffff:10.0.0.1 is 10.0.0.1, and nothing else is: ::10.0.0.1 is an address of its own (RFC 4291 §2.5.5). */
function read(text: string): Address | undefined {
  const inHex = text.replace(
    /(?<=:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?=$|%)/,
    (_, ...bytes: string[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
      return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
    },
  );
  return ipaddr.isValid(inHex) ? ipaddr.process(inHex) : undefined;
}

function isPublic(address: Address): boolean {
  if (isIn(address, FORBIDDEN)) return false;
  if (address.kind() === 'ipv6' && !isIn(address, [GLOBAL_UNICAST_V6])) return false;
  return address.range() === 'unicast';
}

function isIn(address: Address, networks: readonly Network[]): boolean {
  return networks.some((network) => network[0].kind() === address.kind() && address.match(network as never));
}
