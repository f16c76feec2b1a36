/** Removes portal links and kept answers that are over, now and then, on whichever hub. */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Observations, sparingly } from '@app/runtime';
import { PortalLinks } from '@app/tenancy';
import { Idempotency } from '../idempotency/idempotency.js';

const LOOK_EVERY_IN_MILLISECONDS = 60_000;

@Injectable()
export class ConsumerUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private removing: Promise<void> | undefined;
  private stopped = false;
  private readonly complain: (where: string, error: Error) => void;

  constructor(
    private readonly links: PortalLinks,
    private readonly idempotency: Idempotency,
    observations: Observations,
  ) {
    this.complain = sparingly((_where, error) =>
      observations.warn('expired links and answers not removed', { error }),
    );
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_IN_MILLISECONDS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.removing;
  }

  private look(): void {
    this.removing ??= this.run()
      .catch((error: Error) => this.complain('rows', error))
      .finally(() => (this.removing = undefined));
  }

  /** Everything that is over now. */
  async run(): Promise<void> {
    for (const rows of [this.links, this.idempotency]) {
      while (!this.stopped && (await rows.forgetExpired()) > 0);
    }
  }
}
