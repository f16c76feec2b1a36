/** Removes tokens, secrets and assertions that are over, now and then, on whichever hub. */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Observations, sparingly } from '@app/runtime';
import { AccessTokens, FeedTokens, ReceiverClients } from '@app/tenancy';

const LOOK_EVERY_IN_MILLISECONDS = 60_000;

@Injectable()
export class ExpiredTokens implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private removing: Promise<void> | undefined;
  private readonly complain: (where: string, error: Error) => void;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly receivers: ReceiverClients,
    private readonly feeds: FeedTokens,
    observations: Observations,
  ) {
    this.complain = sparingly((_where, error) => observations.warn('expired tokens not removed', { error }));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.remove(), LOOK_EVERY_IN_MILLISECONDS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.removing;
  }

  private remove(): void {
    const all = [this.tokens, this.receivers, this.feeds];
    this.removing ??= Promise.all(all.map((each) => each.forgetExpired()))
      .then(() => undefined)
      .catch((error: Error) => this.complain('tokens', error))
      .finally(() => (this.removing = undefined));
  }
}
