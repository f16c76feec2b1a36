/** What DNS says of a domain in TXT records. Asked in the background only: no request waits for a stranger. */
import { Resolver } from 'node:dns/promises';
import { VERIFICATION_PREFIX } from './facts.js';

const TIMEOUT_IN_MILLISECONDS = 2_000;
const TRIES = 2;

export class TxtRecords {
  private readonly resolver = new Resolver({ timeout: TIMEOUT_IN_MILLISECONDS, tries: TRIES });

  /** @param servers addresses of DNS servers, `127.0.0.1:53`; none: those of the system. */
  constructor(servers: readonly string[]) {
    if (servers.length > 0) this.resolver.setServers(servers);
  }

  /** Whether the domain, or the name below it that is for this, says the token. Nobody's answer is a no. */
  async say(domain: string, token: string): Promise<boolean> {
    const names = [`${VERIFICATION_PREFIX}.${domain}`, domain];
    const answers = await Promise.allSettled(names.map((name) => this.resolver.resolveTxt(name)));
    return answers.some(
      (answer) =>
        // A record of more than 255 bytes comes in parts: RFC 7208 §3.3.
        answer.status === 'fulfilled' && answer.value.some((parts) => parts.join('').trim() === token),
    );
  }

  /** Ends what is being asked. */
  close(): void {
    this.resolver.cancel();
  }
}
