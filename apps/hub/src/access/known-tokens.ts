/** What the bearer tokens of the last second open, so that busy identity providers cost no look-up for each request. */
import { Injectable } from '@nestjs/common';
import { Clock } from '@app/runtime';
import { DirectoryTokens, hashOf, type OpenedDirectory } from '@app/tenancy';
import { RecentLookups } from './recent-lookups.js';

@Injectable()
export class KnownTokens {
  private readonly recent: RecentLookups<OpenedDirectory | null>;

  constructor(tokens: DirectoryTokens, clock: Clock) {
    const lookUp = (token: string): Promise<OpenedDirectory | null> => tokens.opened(hashOf(token));
    this.recent = new RecentLookups(lookUp, () => clock.now().getTime());
  }

  /** @returns what the token opens, or opened until it expired (which is exact); null for an unknown one. */
  opened(token: string): Promise<OpenedDirectory | null> {
    return this.recent.get(token);
  }
}
