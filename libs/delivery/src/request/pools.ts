/** Connections to strangers, kept alive for a while: one pool for each origin and way of TLS. */
import { Pool } from 'undici';
import type { AddressGuard } from '../address-guard.js';
import type { TlsAccess } from './access.js';
import { connectorFor, secureContextFor, type Tunnel } from './connect.js';
import type { Line } from './exchange.js';
import { TURN_LIMITS } from './turns.js';

export interface PoolsOptions {
  guard: AddressGuard;
  tunnel?: Tunnel | undefined;
  headersTimeoutInMilliseconds: number;
  /** Beyond so many, those that were used least recently are closed. */
  poolsAtMost?: number;
  /** A pool that was not used for so long is closed. */
  idleInMilliseconds?: number;
}

/** Below the five seconds after which many servers close: a request should not meet a connection that is just going. */
const KEEP_ALIVE_IN_MILLISECONDS = 4_000;
const POOLS_AT_MOST = 1_000;
const IDLE_IN_MILLISECONDS = 60_000;

interface Kept extends Line {
  readonly dispatcher: Pool;
  usedAt: number;
}

export class Pools {
  /** In the order of their last use, as it was when somebody last looked. */
  private readonly kept = new Map<string, Kept>();
  private readonly publicTls = secureContextFor();
  private readonly upkeep: NodeJS.Timeout;

  constructor(private readonly options: PoolsOptions) {
    const idle = options.idleInMilliseconds ?? IDLE_IN_MILLISECONDS;
    this.upkeep = setInterval(() => this.closeUnusedSince(performance.now() - idle), idle / 2).unref();
  }

  get size(): number {
    return this.kept.size;
  }

  of(origin: string, tls?: TlsAccess): Line {
    const key = tls ? `${origin} ${tls.key}` : origin;
    const known = this.kept.get(key);
    if (known) {
      known.usedAt = performance.now();
      return known;
    }
    if (this.kept.size >= (this.options.poolsAtMost ?? POOLS_AT_MOST)) this.closeLeastRecent();
    const opened = this.open(origin, tls);
    this.kept.set(key, opened);
    return opened;
  }

  async close(): Promise<void> {
    clearInterval(this.upkeep);
    await Promise.all([...this.kept.values()].map(({ dispatcher }) => dispatcher.destroy()));
    this.kept.clear();
  }

  private open(origin: string, tls?: TlsAccess): Kept {
    const { guard, tunnel, headersTimeoutInMilliseconds } = this.options;
    const secureContext = tls ? secureContextFor(tls) : this.publicTls;
    const isWanted = (): boolean => opened.waiting > 0;
    const dispatcher = new Pool(origin, {
      connect: connectorFor(guard, { tls: secureContext, tunnel, isWanted }),
      // Turns keep to this already.
      connections: TURN_LIMITS.perHost,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_IN_MILLISECONDS,
      headersTimeout: headersTimeoutInMilliseconds,
      // The deadline of the whole exchange ends the body as well.
      bodyTimeout: 0,
    });
    const opened: Kept = { dispatcher, waiting: 0, usedAt: performance.now() };
    return opened;
  }

  private closeUnusedSince(time: number): void {
    for (const [key, { usedAt }] of this.kept) if (usedAt < time) this.closeOne(key);
  }

  private closeLeastRecent(): void {
    let oldest: [string, number] | undefined;
    for (const [key, { usedAt }] of this.kept) if (!oldest || usedAt < oldest[1]) oldest = [key, usedAt];
    if (oldest) this.closeOne(oldest[0]);
  }

  /** What is under way in it comes to its end first; the next request to the same origin has a pool of its own. */
  private closeOne(key: string): void {
    const found = this.kept.get(key);
    this.kept.delete(key);
    void found?.dispatcher.close().catch(() => undefined);
  }
}
