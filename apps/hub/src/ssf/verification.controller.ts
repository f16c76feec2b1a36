/** Proof that a stream works: the receiver asks, and the answer comes as an event of the stream. SSF 1.0 §8.1.4 */
import { Body, Controller, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiError } from '../consumer/api-error.js';
import { wholeSeconds } from '../access/refusals.js';
import { ReceiverGuard, Scope, type WithReceiver } from './receiver.guard.js';
import { MIN_VERIFICATION_INTERVAL_IN_SECONDS, PATHS } from './ssf-settings.js';
import { given, membersOf, requiredText, streamIdOf } from './stream-body.js';
import { Streams } from './streams.js';
import { Verifications } from './verifications.js';

const STATE_AT_MOST_IN_CHARACTERS = 1_024;

@Controller(PATHS.verification)
@UseGuards(ReceiverGuard)
export class VerificationController {
  constructor(
    private readonly streams: Streams,
    private readonly verifications: Verifications,
  ) {}

  @Post()
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  @Scope('ssf.manage')
  async verify(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<void> {
    const members = membersOf(body);
    const id = streamIdOf(members);
    const state = given(members['state'])
      ? requiredText(members, 'state', STATE_AT_MOST_IN_CHARACTERS)
      : undefined;
    const waitInSeconds = await this.verifications.request(await this.streams.find(receiver, id), state);
    if (waitInSeconds === 0) return;
    const seconds = wholeSeconds(waitInSeconds);
    const message = `A verification may be asked for every ${MIN_VERIFICATION_INTERVAL_IN_SECONDS} s. Wait ${seconds} s; nothing was done.`;
    throw new ApiError(429, 'too_many_verifications', message, undefined, { retryAfterInSeconds: seconds });
  }
}
