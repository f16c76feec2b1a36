/** The configuration endpoint of streams: SSF 1.0 §8.1.1. */
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Patch,
  Post,
  Put,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import { textOf, type Query as QueryParameters } from '../consumer/query.js';
import { HubSettings } from '../hub-settings.js';
import { ReceiverGuard, Scope, type WithReceiver } from './receiver.guard.js';
import type { Receiver } from './receiver.js';
import { badRequest } from './ssf-error.js';
import { PATHS } from './ssf-settings.js';
import { given, membersOf, requiredText, streamIdOf, streamWishOf, type Members } from './stream-body.js';
import { refuseForeignChanges, shownStream, type Stream } from './stream-shown.js';
import { Streams } from './streams.js';

const AUDIENCE_AT_MOST_IN_CHARACTERS = 2_048;

@Controller(PATHS.stream)
@UseGuards(ReceiverGuard)
export class StreamController {
  constructor(
    private readonly streams: Streams,
    private readonly settings: HubSettings,
  ) {}

  @Post()
  @Scope('ssf.manage')
  @Header('cache-control', 'no-store')
  async create(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<object> {
    const members = membersOf(body ?? {});
    const wish = streamWishOf(members);
    return this.shown(await this.streams.create(receiver, wish, [audienceOf(receiver, members)]));
  }

  /** One with `stream_id`, otherwise a list of all; of nobody's streams an empty one. */
  @Get()
  @Scope('ssf.read')
  @Header('cache-control', 'no-store')
  async get(@Req() { receiver }: WithReceiver, @Query() query: QueryParameters): Promise<object> {
    const id = textOf(query, 'stream_id');
    if (id !== undefined) return this.shown(await this.streams.find(receiver, id));
    return (await this.streams.list(receiver)).map((stream) => this.shown(stream));
  }

  @Patch()
  @Scope('ssf.manage')
  @Header('cache-control', 'no-store')
  async update(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<object> {
    const { stream, members } = await this.meant(receiver, body);
    return this.shown(await this.streams.update(stream, streamWishOf(members)));
  }

  @Put()
  @Scope('ssf.manage')
  @Header('cache-control', 'no-store')
  async replace(@Req() { receiver }: WithReceiver, @Body() body: unknown): Promise<object> {
    const { stream, members } = await this.meant(receiver, body);
    return this.shown(await this.streams.replace(stream, streamWishOf(members)));
  }

  @Delete()
  @Scope('ssf.manage')
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  async remove(@Req() { receiver }: WithReceiver, @Query() query: QueryParameters): Promise<void> {
    const id = textOf(query, 'stream_id');
    if (id === undefined) throw badRequest('stream_id is needed: which stream?');
    await this.streams.remove(await this.streams.find(receiver, id));
  }

  private async meant(receiver: Receiver, body: unknown): Promise<{ stream: Stream; members: Members }> {
    const members = membersOf(body);
    const stream = await this.streams.find(receiver, streamIdOf(members));
    refuseForeignChanges(members, this.shown(stream));
    return { stream, members };
  }

  private shown(stream: Stream): Members {
    return shownStream(stream, this.settings.publicUrl);
  }
}

/** An operator may choose it for each stream; of a receiver's own it was chosen with the receiver. */
function audienceOf({ clientId, audience }: Receiver, members: Members): string {
  if (clientId !== null || !given(members['aud'])) return audience;
  return requiredText(members, 'aud', AUDIENCE_AT_MOST_IN_CHARACTERS);
}
