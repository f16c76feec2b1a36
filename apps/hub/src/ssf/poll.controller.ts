/** The endpoint of polled streams: RFC 8936 §2. */
import { Body, Controller, Header, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { POLL_DELIVERY, SET_TYPE, type SecurityEvent } from '@app/revocation';
import { SigningKeys, type SigningAlgorithm } from '@app/tenancy';
import { patienceOf } from '../http/patience.js';
import { LogWatch } from './log-watch.js';
import { pollWishOf } from './poll-body.js';
import { Polling, type Polled } from './polling.js';
import { IsPoll, ReceiverGuard, Scope, type WithReceiver } from './receiver.guard.js';
import { badRequest } from './ssf-error.js';
import { PATHS } from './ssf-settings.js';
import { settingsOf } from './stream-shown.js';
import { Streams } from './streams.js';

/** Shorter than the half minute after which most clients and proxies give up. */
const PATIENCE_IN_MILLISECONDS = 25_000;

@Controller(PATHS.poll)
@UseGuards(ReceiverGuard)
export class PollController {
  constructor(
    private readonly streams: Streams,
    private readonly polling: Polling,
    private readonly watch: LogWatch,
    private readonly keys: SigningKeys,
  ) {}

  @Post(':streamId')
  @HttpCode(200)
  @Scope('ssf.read')
  @IsPoll(true)
  @Header('cache-control', 'no-store')
  async poll(
    @Req() { receiver }: WithReceiver,
    @Param('streamId') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { maxEvents, returnImmediately, answers } = pollWishOf(body);
    const once = async (heard = new Map<string, string | null>()): Promise<Polled> => {
      const stream = await this.streams.find(receiver, id);
      if (settingsOf(stream).delivery.method !== POLL_DELIVERY)
        throw badRequest('This stream is delivered by push: its events go to its endpoint_url.');
      return this.polling.poll(stream, heard, maxEvents);
    };
    let polled = await once(answers);
    if (maxEvents > 0 && !returnImmediately) {
      const patience = patienceOf(reply, PATIENCE_IN_MILLISECONDS);
      while (polled.sets.length === 0 && !polled.more && (await this.watch.beyond(polled.readTo, patience)))
        polled = await once();
    }
    const { algorithm } = polled;
    const sets = await Promise.all(polled.sets.map((each) => this.signed(each, algorithm)));
    return { sets: Object.fromEntries(sets), ...(polled.more ? { moreAvailable: true } : {}) };
  }

  /** By the key of that time: the same bytes in each answer, also after a rotation. */
  private async signed(
    { jti, claims }: SecurityEvent,
    algorithm: SigningAlgorithm,
  ): Promise<[string, string]> {
    return [jti, await this.keys.sign(claims, SET_TYPE, { algorithm, at: new Date(claims.iat * 1_000) })];
  }
}
