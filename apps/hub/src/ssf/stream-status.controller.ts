/** The status of streams: SSF 1.0 §8.1.2. */
import { Body, Controller, Get, Header, HttpCode, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { DestinationState } from '@app/tenancy';
import { textOf, type Query as QueryParameters } from '../consumer/query.js';
import { ReceiverGuard, Scope, type WithReceiver } from './receiver.guard.js';
import { badRequest } from './ssf-error.js';
import { PATHS } from './ssf-settings.js';
import { given, membersOf, requiredText, streamIdOf } from './stream-body.js';
import { shownStatus } from './stream-shown.js';
import { Streams } from './streams.js';

const STATUSES: readonly DestinationState[] = ['enabled', 'paused', 'disabled'];
const REASON_AT_MOST_IN_CHARACTERS = 1_000;

@Controller(PATHS.status)
@UseGuards(ReceiverGuard)
export class StreamStatusController {
  constructor(private readonly streams: Streams) {}

  @Get()
  @Scope('ssf.read')
  @Header('cache-control', 'no-store')
  async get(@Req() { receiver }: WithReceiver, @Query() query: QueryParameters): Promise<object> {
    const id = textOf(query, 'stream_id');
    if (id === undefined) throw badRequest('stream_id is needed: which stream?');
    return shownStatus(await this.streams.find(receiver, id));
  }

  @Post()
  @HttpCode(200)
  @Scope('ssf.manage')
  @Header('cache-control', 'no-store')
  async set(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<object> {
    const members = membersOf(body);
    const id = streamIdOf(members);
    const status = STATUSES.find((each) => each === members['status']);
    if (!status) throw badRequest(`status must be one of ${STATUSES.join(', ')}.`);
    const reason = given(members['reason'])
      ? requiredText(members, 'reason', REASON_AT_MOST_IN_CHARACTERS)
      : null;
    return shownStatus(await this.streams.setStatus(await this.streams.find(receiver, id), status, reason));
  }
}
