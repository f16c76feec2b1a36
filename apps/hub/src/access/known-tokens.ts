/** What the bearer tokens of the last second open, so that busy identity providers cost no look-up for each request. */
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import { DirectoryTokens, hashOf, type OpenedDirectory } from '@app/tenancy';

// Counted from the start of the look-up, so that a token that was deleted meanwhile is refused a second later at most, on
// every process. Expiry needs no look-up and is exact.
const LIFE_IN_MILLISECONDS = 1_000;
const ENTRIES = 10_000;

interface Entry {
  opened: Promise<OpenedDirectory | null>;
  until: number;
}

@Injectable()
export class KnownTokens {
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly tokens: DirectoryTokens,
    private readonly clock: Clock,
  ) {}

  /** @returns what the token opens, or opened until it expired; null for an unknown one. */
  opened(token: string): Promise<OpenedDirectory | null> {
    const now = this.clock.now().getTime();
    const known = this.entries.get(token);
    if (known && known.until > now) return known.opened;
    const opened = this.tokens.opened(hashOf(token));
    if (this.entries.size >= ENTRIES) this.forget(now);
    this.entries.set(token, { opened, until: now + LIFE_IN_MILLISECONDS });
    opened.catch(() => this.entries.delete(token)); // a failed look-up says nothing about the token
    return opened;
  }

  private forget(now: number): void {
    for (const [token, { until }] of this.entries) if (until <= now) this.entries.delete(token);
    if (this.entries.size >= ENTRIES) this.entries.clear();
  }
}
