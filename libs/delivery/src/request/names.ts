/**
 * Which addresses a name has. The system's own look-up works for a few names at a time in the whole process, so that some
 * names whose servers are silent would hold up every other one. Names of the internet are therefore asked of DNS directly.
 */
import { lookup, type LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';

export interface NamesOptions {
  /** Addresses of DNS servers, `127.0.0.1:53`; without it those of the system. */
  servers?: string[];
  hostsFile?: string;
}

/** One and two of them are less than the time for connecting. */
const DNS_TIMEOUT_IN_MILLISECONDS = 1_000;
const DNS_TRIES = 2;
/** DNS has an answer, and it is that there is nothing; or there is no DNS here at all. */
const NOTHING = ['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'ENOTINITIALIZED', 'ELOADIPHLPAPI'];

export class Names {
  private readonly resolver = new Resolver({ timeout: DNS_TIMEOUT_IN_MILLISECONDS, tries: DNS_TRIES });
  private readonly asking = new Map<string, Promise<LookupAddress[]>>();
  private readonly hostsFile: string;

  constructor({ servers, hostsFile = '/etc/hosts' }: NamesOptions = {}) {
    this.hostsFile = hostsFile;
    if (servers) this.resolver.setServers(servers);
  }

  /**
   * All addresses of a host, those of IPv4 first. Whoever asks for a name that is being asked for gets the same answer.
   * @throws an error with the code ENOTFOUND, or EAI_AGAIN when DNS gave no answer.
   */
  resolve(host: string): Promise<LookupAddress[]> {
    const under = this.asking.get(host);
    if (under) return under;
    const asking = this.ask(host).finally(() => this.asking.delete(host));
    this.asking.set(host, asking);
    return asking;
  }

  private async ask(host: string): Promise<LookupAddress[]> {
    if (isLocal(host) || (await this.isInHostsFile(host))) return bySystem(host);
    const answers = await Promise.allSettled([this.resolver.resolve4(host), this.resolver.resolve6(host)]);
    const found = answers.flatMap((answer, index) =>
      answer.status === 'fulfilled'
        ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
        : [],
    );
    if (found.length > 0) return found;
    const codes = answers.map((answer) =>
      answer.status === 'rejected' ? (answer.reason as NodeJS.ErrnoException).code : undefined,
    );
    // Perhaps the system knows it from elsewhere, or completes it with a search domain.
    if (codes.every((code) => NOTHING.includes(code ?? ''))) return bySystem(host);
    throw Object.assign(new Error(`DNS gave no answer for ${host}`), { code: 'EAI_AGAIN' });
  }

  private async isInHostsFile(host: string): Promise<boolean> {
    const text = await readFile(this.hostsFile, 'utf8').catch(() => '');
    if (!text.toLowerCase().includes(host)) return false;
    const names = text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
    return names.some((name) => name.toLowerCase() === host);
  }
}

/** Names that no DNS server of the internet answers for: RFC 6761, RFC 6762, and those of the own network. */
function isLocal(host: string): boolean {
  return !host.replace(/\.$/, '').includes('.') || /\.(local|localhost)\.?$/.test(host);
}

function bySystem(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else if (addresses.length === 0) reject(notFound(host));
      else resolve(addresses);
    });
  });
}

export function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
}
