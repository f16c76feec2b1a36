/** When each token was last used: gathered in memory, written every few seconds and at the end, never by a request. */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, Observations, sparingly } from '@app/runtime';
import { AccessTokens, FeedTokens } from '@app/tenancy';

const WRITE_EVERY_IN_MILLISECONDS = 5_000;
// While the database is away they are kept, within bounds: losing one costs a time of day that nobody was shown.
const TOKENS_REMEMBERED = 50_000;

abstract class GatheredUses implements OnApplicationBootstrap, OnApplicationShutdown {
  private uses = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;
  private writing = Promise.resolve();
  private readonly complain: (where: string, error: Error) => void;

  constructor(
    private readonly tokens: { used(uses: ReadonlyMap<string, Date>): Promise<void> },
    private readonly clock: Clock,
    observations: Observations,
  ) {
    this.complain = sparingly((_where, error, repeated) =>
      observations.warn('last use of tokens not written', { error, ...(repeated > 0 ? { repeated } : {}) }),
    );
  }

  note(tokenId: string): void {
    this.uses.set(tokenId, this.clock.now());
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_IN_MILLISECONDS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }

  /** Never fails: what could not be written is written with the next ones. */
  write(): Promise<void> {
    return (this.writing = this.writing.then(() => this.writeGathered()));
  }

  private async writeGathered(): Promise<void> {
    const gathered = this.uses;
    if (gathered.size === 0) return;
    this.uses = new Map();
    try {
      await this.tokens.used(gathered);
    } catch (error) {
      this.complain('tokens', error as Error);
      if (gathered.size + this.uses.size > TOKENS_REMEMBERED) return;
      // A later use of the same token wins.
      this.uses = new Map([...gathered, ...this.uses]);
    }
  }
}

/** Of the bearer tokens of directories. */
@Injectable()
export class LastUses extends GatheredUses {
  constructor(tokens: AccessTokens, clock: Clock, observations: Observations) {
    super(tokens, clock, observations);
  }
}

@Injectable()
export class LastUsesOfFeedTokens extends GatheredUses {
  constructor(tokens: FeedTokens, clock: Clock, observations: Observations) {
    super(tokens, clock, observations);
  }
}
