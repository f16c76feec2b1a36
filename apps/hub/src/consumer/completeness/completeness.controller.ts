/** How everything is, for consumers who want to begin, or to be sure: snapshots, digests, comparisons. */
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventLog } from '@app/event-log';
import { KINDS, sumsOf, type Kind } from '@app/projections';
import { Clock, Database, type Tx } from '@app/runtime';
import { UNREAD_NDJSON } from '../../http/line-body.js';
import type { WithFeedAccess } from '../../feed/feed.guard.js';
import { listOf, type Query as QueryParameters } from '../query.js';
import { invalid } from '../validation.js';
import { MayReadEverything, refuseForeign, refuseParts, whileOpen } from './access.js';
import { unreadBody } from './body-lines.js';
import { comparisonOf } from './comparison.js';
import { shownSums } from './line-digest.js';
import { LongAnswers } from './long-answers.js';
import { snapshotOf } from './snapshot.js';
import { standingOf, type Scope, type Standing } from './standing.js';

type Asking = FastifyRequest & WithFeedAccess;

@Controller()
@MayReadEverything()
export class CompletenessController {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
    private readonly answers: LongAnswers,
  ) {}

  @Get('directories/:id/snapshot')
  snapshotOfDirectory(
    @Param('id') id: string,
    @Req() request: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.answers.stream(this.read(request, { of: 'directory', id }, snapshotOf), { request, reply });
  }

  @Get('organizations/:id/snapshot')
  snapshotOfOrganization(
    @Param('id') id: string,
    @Req() request: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const lines = this.read(request, { of: 'organization', id }, snapshotOf);
    return this.answers.stream(lines, { request, reply });
  }

  @Get('directories/:id/digest')
  digestOfDirectory(@Param('id') id: string, @Req() request: Asking): Promise<object> {
    return this.answers.digest(this.read(request, { of: 'directory', id }, digestOf));
  }

  @Get('organizations/:id/digest')
  digestOfOrganization(@Param('id') id: string, @Req() request: Asking): Promise<object> {
    return this.answers.digest(this.read(request, { of: 'organization', id }, digestOf));
  }

  @Post('directories/:id/compare')
  @HttpCode(200)
  @RouteConfig(UNREAD_NDJSON)
  compareWithDirectory(
    @Param('id') id: string,
    @Query() query: QueryParameters,
    @Req() request: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.compare({ of: 'directory', id }, { query, request, reply });
  }

  @Post('organizations/:id/compare')
  @HttpCode(200)
  @RouteConfig(UNREAD_NDJSON)
  compareWithOrganization(
    @Param('id') id: string,
    @Query() query: QueryParameters,
    @Req() request: Asking,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.compare({ of: 'organization', id }, { query, request, reply });
  }

  private compare(
    scope: Scope,
    { query, request, reply }: { query: QueryParameters; request: Asking; reply: FastifyReply },
  ): Promise<StreamableFile> {
    const wish = {
      body: unreadBody(request),
      encoding: request.headers['content-encoding'],
      kinds: kindsOf(query),
    };
    const lines = this.read(request, scope, (tx, standing) => comparisonOf(tx, standing, wish));
    return this.answers.stream(lines, { request, reply });
  }

  /** One transaction, which knows where it stands before it reads anything else. */
  private read<T>(
    { feedAccess: access }: WithFeedAccess,
    scope: Scope,
    work: (tx: Tx, standing: Standing) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    const { log, clock } = this;
    refuseParts(access.scope, scope);
    const parts = this.database.picture(async function* (tx) {
      const standing = await standingOf({ tx, log, now: clock.now() }, scope);
      refuseForeign(access.scope, standing);
      yield* work(tx, standing);
    }, this.answers.limits);
    return whileOpen(parts, access);
  }
}

async function* digestOf(tx: Tx, { scope, shown, directoryIds }: Standing): AsyncGenerator<object> {
  yield { object: `${scope.of}_digest`, ...shown, ...shownSums(await sumsOf(tx, directoryIds)) };
}

/** @throws ApiError 422 */
function kindsOf(query: QueryParameters): readonly Kind[] {
  const named = listOf(query, 'kinds');
  const unknown = named.find((name) => !(KINDS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const message = `kinds must be some of ${KINDS.join(', ')}, and not '${unknown.slice(0, 100)}'`;
    throw invalid([{ field: 'kinds', code: 'unknown_kind', message }]);
  }
  return named.length === 0 ? KINDS : KINDS.filter((kind) => named.includes(kind));
}
