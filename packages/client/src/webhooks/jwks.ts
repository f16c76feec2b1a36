/** The public keys of an endpoint, from where the hub publishes them: kept for a while, and asked for again when they rotate. */
import { isEd25519, publicKey, type PublicJwk, type VerifyingKey } from './keys.js';

export interface JwksOptions {
  /** `https://<hub>/.well-known/webhooks/<endpoint id>/jwks.json`: from your settings, never from a request. */
  url: string;
  fetch?: typeof fetch;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** What the hub says in `max-age`; also where a server in between says nothing or much more. */
const KEPT_IN_MILLISECONDS = 300_000;
/** Whoever sends nonsense must not make us ask for keys with each request. */
const ASKED_AT_MOST_EVERY_IN_MILLISECONDS = 30_000;
/** So long old keys are believed when new ones cannot be had. */
const KEPT_WITHOUT_NEWS_IN_MILLISECONDS = 3_600_000;
const TIMEOUT_IN_MILLISECONDS = 5_000;
const KEYS_AT_MOST = 32;

export class JwksKeys {
  private keys: VerifyingKey[] = [];
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;

  constructor(private readonly options: JwksOptions) {}

  /** @throws when there are none, or only ones that are too old, and none can be had. */
  async current(): Promise<readonly VerifyingKey[]> {
    const age = this.options.now() - this.fetchedAt;
    if (age < KEPT_IN_MILLISECONDS) return this.keys;
    try {
      await this.ask();
    } catch (error) {
      if (age > KEPT_WITHOUT_NEWS_IN_MILLISECONDS) throw error;
    }
    return this.keys;
  }

  /** For a signature that no key fits: perhaps there is a new one. @returns undefined when it was asked a moment ago. */
  async newer(): Promise<readonly VerifyingKey[] | undefined> {
    const { now } = this.options;
    if (!this.asking && now() - this.askedAt < ASKED_AT_MOST_EVERY_IN_MILLISECONDS) return undefined;
    await this.ask();
    return this.keys;
  }

  /** Once, however many requests wait for it. */
  private ask(): Promise<void> {
    this.asking ??= this.fetchKeys().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async fetchKeys(): Promise<void> {
    const { url, now } = this.options;
    this.askedAt = now();
    const response = await (this.options.fetch ?? fetch)(url, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_IN_MILLISECONDS),
    });
    if (!response.ok) throw new Error(`${url} answered with the status ${response.status}`);
    const { keys } = (await response.json()) as { keys?: PublicJwk[] };
    if (!Array.isArray(keys)) throw new Error(`${url} is no list of keys`);
    this.keys = await Promise.all(keys.filter(isEd25519).slice(0, KEYS_AT_MOST).map(publicKey));
    this.fetchedAt = now();
  }
}
