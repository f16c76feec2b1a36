/** `/feed_tokens`: made with an API key for those who read a part of the log, and nothing else. */
import { Body, Controller, Delete, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
} from 'class-validator';
import { Matches, MaxLength } from 'class-validator';
import { PUBLISHED_TYPES } from '@app/directory';
import { Clock } from '@app/runtime';
import { Directories, FeedTokens, type FeedToken } from '@app/tenancy';
import { DATE_TIME, DATE_TIME_MESSAGE, endOf } from '../admin/expiry.js';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from '../consumer/query.js';
import { invalid } from '../consumer/validation.js';
import { CONSUMER_NAME } from './consumer-bodies.js';
import { NAMES_AT_MOST } from './feed-query.js';
import { KnownNames } from './known-names.js';

export class NewFeedTokenBody {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @IsOptional()
  @IsString()
  organization_id?: string;

  @IsOptional()
  @IsString()
  directory_id?: string;

  /** Only these; without them all that directories tell. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(PUBLISHED_TYPES, { each: true, message: `events must be among ${PUBLISHED_TYPES.join(', ')}` })
  events?: string[];

  /** The named consumers that it may read for; what they read must be within the rest of the scope. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(NAMES_AT_MOST)
  @Matches(CONSUMER_NAME, { each: true, message: 'consumers must be names of consumers' })
  consumers?: string[];

  @IsOptional()
  @Matches(DATE_TIME, { message: DATE_TIME_MESSAGE })
  expires_at?: string | null;
}

@Controller('feed_tokens')
@UseGuards(ApiKeyGuard)
export class FeedTokensController {
  constructor(
    private readonly tokens: FeedTokens,
    private readonly directories: Directories,
    private readonly known: KnownNames,
    private readonly clock: Clock,
  ) {}

  /** The token itself is in this answer and nowhere else, ever again. */
  @Post()
  async create(@Body() body: NewFeedTokenBody): Promise<object> {
    const { organization_id: organizationId, directory_id: directoryId, events, consumers = [] } = body;
    if (organizationId === undefined && directoryId === undefined && events === undefined) {
      const message = 'name what it may read: organization_id, directory_id, events, or several of them';
      throw invalid([{ field: 'organization_id', code: 'scope_missing', message }]);
    }
    const directories = directoryId === undefined ? [] : [directoryId];
    const named =
      organizationId === undefined ? { directories } : { organization_id: organizationId, directories };
    await this.known.check(named, null);
    const directory = directoryId === undefined ? null : await this.directories.find(directoryId);
    const { token, secret } = await this.tokens.create({
      name: body.name,
      organizationId: directory?.organizationId ?? organizationId ?? null,
      directoryId: directory?.id ?? null,
      eventTypes: events ? [...new Set(events)] : null,
      consumers: [...new Set(consumers)],
      expiresAt: endOf(body.expires_at ?? null, this.clock.now()),
    });
    return { ...this.shown(token), bearer_token: secret };
  }

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const filter = { organizationId: textOf(query, 'organization_id') };
    const { data, before, after } = await this.tokens.list(filter, pageOf(query));
    return list(
      data.map((token) => this.shown(token)),
      { before, after },
    );
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const token = await this.tokens.find(id);
    if (!token) throw notFound('Feed token', id);
    return this.shown(token);
  }

  /** Who reads with it is turned away within a second, also out of a stream. */
  @Delete(':id')
  async remove(@Param('id') id: string): Promise<object> {
    if (!(await this.tokens.remove(id))) throw notFound('Feed token', id);
    return { object: 'feed_token', id, deleted: true };
  }

  private shown(token: FeedToken): object {
    return {
      object: 'feed_token',
      id: token.id,
      name: token.name,
      last_four: token.suffix,
      organization_id: token.organizationId,
      directory_id: token.directoryId,
      events: token.eventTypes,
      consumers: token.consumers,
      state: token.expiresAt !== null && token.expiresAt <= this.clock.now() ? 'expired' : 'active',
      created_at: token.createdAt.toISOString(),
      expires_at: token.expiresAt?.toISOString() ?? null,
      last_used_at: token.lastUsedAt?.toISOString() ?? null,
    };
  }
}
