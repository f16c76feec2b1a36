/**
 * How often callers may come. With Redis all processes share one bucket for each limit; without it, and while it is away,
 * each process counts for itself. Redis that is away refuses nobody and keeps nobody waiting.
 */
import { Clock } from '../clock.js';
import { Account } from './account.js';
import type { Rate } from './bucket.js';
import { SharedBuckets } from './shared-buckets.js';

export interface RateLimitsOptions {
  redisUrl?: string | undefined;
  /** Keeps installations that share one Redis apart. */
  prefix?: string;
  clock?: Clock;
  onError(where: string, error: Error): void;
}

/** What is limited, and how. The key names it in Redis. */
export interface Limit {
  key: string;
  rate: Rate;
}

const ACCOUNTS_AT_MOST = 20_000;
const ASK_AGAIN_AFTER_IN_MILLISECONDS = 1_000;

export class RateLimits {
  private readonly accounts = new Map<string, Account>();
  private readonly shared: SharedBuckets | undefined;
  private readonly clock: Clock;
  private awayUntil: number | undefined;

  constructor(private readonly options: RateLimitsOptions) {
    this.clock = options.clock ?? new Clock();
    const { redisUrl, prefix = 'rollcall' } = options;
    if (redisUrl)
      this.shared = new SharedBuckets(redisUrl, prefix, (error) => options.onError('redis', error));
  }

  /**
   * Takes one of each limit, or none of any.
   * @returns 0 when the caller may go on, else in how many seconds it may come again.
   */
  async take(limits: readonly Limit[]): Promise<number> {
    const taken: { account: Account; shared: boolean }[] = [];
    for (const { key, rate } of limits) {
      if (rate.perSecond === 0) continue;
      const now = this.now();
      const account = this.accountOf(key, rate, now);
      const shared = this.sharedIsThere(account, now);
      const wait = shared ? await this.takeShared(account) : account.own.take(now);
      if (wait > 0) {
        for (const each of taken) each.account.giveBack(each.shared);
        return wait;
      }
      taken.push({ account, shared });
    }
    return 0;
  }

  /** Whether the processes count together right now. */
  get isShared(): boolean {
    return this.shared !== undefined && this.shared.isConnected && this.awayUntil === undefined;
  }

  close(): void {
    this.shared?.close();
  }

  private async takeShared(account: Account): Promise<number> {
    for (;;) {
      const now = this.now();
      if (account.spend(now)) {
        if (account.runsLow() && account.refused(now) === 0) void this.borrow(account);
        return 0;
      }
      const wait = account.refused(now);
      if (wait > 0) return wait;
      account.waiting += 1;
      await this.borrow(account);
      account.waiting -= 1;
      if (this.awayUntil !== undefined) return account.own.take(this.now());
    }
  }

  /** While Redis is away it is asked now and then, behind the back of the request that happens to come by. */
  private sharedIsThere(account: Account, now: number): boolean {
    if (!this.shared?.isConnected) return false;
    if (this.awayUntil === undefined) return true;
    if (this.awayUntil <= now) {
      this.awayUntil = now + ASK_AGAIN_AFTER_IN_MILLISECONDS;
      void this.borrow(account);
    }
    return false;
  }

  /** Never fails: without an answer, Redis counts as away. */
  private borrow(account: Account): Promise<void> {
    account.borrowing ??= this.ask(account).finally(() => (account.borrowing = undefined));
    return account.borrowing;
  }

  private async ask(account: Account): Promise<void> {
    try {
      const loan = await this.shared!.borrow(account.key, account.rate, account.wanted(this.now()));
      account.receive(loan, this.now());
      this.awayUntil = undefined;
    } catch (error) {
      this.awayUntil = this.now() + ASK_AGAIN_AFTER_IN_MILLISECONDS;
      this.options.onError('rate limits', error as Error);
    }
  }

  private accountOf(key: string, rate: Rate, now: number): Account {
    const known = this.accounts.get(key);
    if (known) return known;
    if (this.accounts.size >= ACCOUNTS_AT_MOST) this.forget(now);
    const account = new Account(key, rate, now);
    this.accounts.set(key, account);
    return account;
  }

  private forget(now: number): void {
    for (const [key, account] of this.accounts) if (account.isIdle(now)) this.accounts.delete(key);
    if (this.accounts.size < ACCOUNTS_AT_MOST) return;
    // All of them are in use: the ones known longest begin anew.
    for (const key of [...this.accounts.keys()].slice(0, ACCOUNTS_AT_MOST / 10)) this.accounts.delete(key);
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}
