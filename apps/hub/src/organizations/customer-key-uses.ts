/** When each customer's key was last good: gathered in memory, written every few seconds and at the end, never by a request. */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, Observations, sparingly } from '@app/runtime';
import { CustomerKeys } from '@app/tenancy';

const WRITE_EVERY_IN_MILLISECONDS = 5_000;
const KEYS_REMEMBERED = 50_000;

@Injectable()
export class CustomerKeyUses implements OnApplicationBootstrap, OnApplicationShutdown {
  private uses = new Map<string, Date>();
  private timer: NodeJS.Timeout | undefined;
  private writing = Promise.resolve();
  private readonly complain: (where: string, error: Error) => void;

  constructor(
    private readonly keys: CustomerKeys,
    private readonly clock: Clock,
    observations: Observations,
  ) {
    this.complain = sparingly((_where, error) =>
      observations.warn('last use of customers’ keys not written', { error }),
    );
  }

  note(keyId: string): void {
    if (this.uses.size < KEYS_REMEMBERED || this.uses.has(keyId)) this.uses.set(keyId, this.clock.now());
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
    return (this.writing = this.writing.then(async () => {
      const gathered = this.uses;
      if (gathered.size === 0) return;
      this.uses = new Map();
      try {
        await this.keys.used(gathered);
      } catch (error) {
        this.complain('keys', error as Error);
        // A later use of the same key wins.
        this.uses = new Map([...gathered, ...this.uses]);
      }
    }));
  }
}
