/** How often a receiver may come, whatever access token it shows. */
import { Injectable } from '@nestjs/common';
import { RateLimits } from '@app/runtime';
import { AccessSettings } from '../access/access-settings.js';
import { wholeSeconds } from '../access/refusals.js';
import { ApiError } from '../consumer/api-error.js';

@Injectable()
export class ReceiverPace {
  constructor(
    private readonly limits: RateLimits,
    private readonly settings: AccessSettings,
  ) {}

  /**
   * Polls are counted by themselves: a receiver that polls a busy stream can still manage it. One that waits counts once.
   * @throws ApiError 429
   */
  async keep(clientId: string, what: 'polls' | 'requests'): Promise<void> {
    const limit = { key: `ssf:${what}:${clientId}`, rate: this.settings.rates.receiver };
    const waitInSeconds = await this.limits.take([limit]);
    if (waitInSeconds === 0) return;
    const seconds = wholeSeconds(waitInSeconds);
    const message = `The receiver sends more ${what} than this service allows. Wait ${seconds} s and send the same request again; nothing was done.`;
    throw new ApiError(429, 'too_many_requests', message, undefined, { retryAfterInSeconds: seconds });
  }
}
