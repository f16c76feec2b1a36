/** What identity providers asked and what they were answered: the request log, for the people who connect them. */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { EventLog } from '@app/event-log';
import { findRequest, searchRequests, type RequestRecord } from '@app/request-log';
import { Database, SearchTookTooLong } from '@app/runtime';
import { Directories } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { requestFilterOf } from './request-filter.js';

@Controller()
@UseGuards(ApiKeyGuard)
export class ScimRequestsController {
  constructor(
    private readonly database: Database,
    private readonly directories: Directories,
    private readonly log: EventLog,
  ) {}

  @Get('scim_requests')
  async list(@Query() query: QueryParameters): Promise<object> {
    const searching = searchRequests(this.database, requestFilterOf(query), pageOf(query));
    const { data, before, after } = await searching.catch((error: unknown) => {
      throw error instanceof SearchTookTooLong ? tooLong() : error;
    });
    return list(data.map(shown), { before, after });
  }

  /** With its body and its events. A request that is over its days, or made no claim on a directory, is not found. */
  @Get('scim_requests/:id')
  async get(@Param('id') id: string): Promise<object> {
    const request = await findRequest(this.database, id);
    if (!request) throw notFound('SCIM request', id);
    return { ...shown(request), ...shownBody(request), events: this.eventsOf(request) };
  }

  @Get('directories/:id/requests')
  async listOfDirectory(@Param('id') id: string, @Query() query: QueryParameters): Promise<object> {
    if (!(await this.directories.find(id))) throw notFound('Directory', id);
    return this.list({ ...query, directory_id: id });
  }

  private eventsOf({ events }: RequestRecord): { id: string; position: number }[] {
    return events.flatMap(({ first, last, occurredAt }) =>
      Array.from({ length: last - first + 1 }, (_, index) => {
        const position = first + index;
        return { id: this.log.idOf(position, new Date(occurredAt)), position };
      }),
    );
  }
}

function tooLong(): ApiError {
  const message = 'The search took too long. Narrow it: name a directory_id, or a range_start and range_end.';
  return new ApiError(400, 'search_too_broad', message);
}

function shown(request: RequestRecord): object {
  return {
    object: 'scim_request',
    id: request.id,
    directory_id: request.directoryId,
    organization_id: request.organizationId,
    token_id: request.tokenId,
    received_at: request.receivedAt.toISOString(),
    method: request.method,
    path: request.path,
    user_agent: request.userAgent,
    outcome: request.outcome,
    status: request.status,
    scim_type: request.scimType,
    detail: request.detail,
    duration_in_milliseconds: request.durationInMilliseconds,
    dialect: request.dialect,
    quirks: request.quirks,
    ignored: request.ignored,
    unknown_members: request.unknownMembers,
    body_bytes: request.bodyBytes,
    event_count: request.events.reduce((sum, { first, last }) => sum + last - first + 1, 0),
  };
}

/** JSON as it was sent but for its secrets; of one that was cut, the text of its beginning. */
function shownBody({ body, bodyCut }: RequestRecord): object {
  return { body: body === null || bodyCut ? body : (JSON.parse(body) as unknown), body_truncated: bodyCut };
}
