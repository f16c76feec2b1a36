/** `/Bulk`: RFC 7644 §3.7. */
import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiExcludeController } from '@nestjs/swagger';
import { Clock, newId } from '@app/runtime';
import { MAX_BULK_OPERATIONS, parseBulk, planBulk, type BulkResponse } from '@app/scim';
import { BulkAnswers } from './bulk-answers.js';
import { commandOf, type AskedInBulk } from './bulk-commands.js';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { scimPaths, ScimRequests } from './scim-request.js';

const ID_PREFIX = { User: 'directory_user', Group: 'directory_group' } as const;

@ApiExcludeController()
@Controller(scimPaths('Bulk'))
@UseGuards(DirectoryTokenGuard)
export class BulkController {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: ScimRequests,
    private readonly answers: BulkAnswers,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  async all(@Req() request: ScimRequest, @Body() body: unknown): Promise<BulkResponse> {
    const asked: AskedInBulk = {
      User: this.requests.read('User', request),
      Group: this.requests.read('Group', request),
    };
    const bulk = parseBulk(body, {
      maxOperations: MAX_BULK_OPERATIONS,
      roots: this.requests.rootPaths(request),
    });
    asked.User.notes.read({ ignored: bulk.ignored, quirks: [] });
    const now = this.clock.now();
    const planned = planBulk(bulk.operations, {
      shapeOf: (type) => asked[type].shape,
      newId: (type) => newId(ID_PREFIX[type], now),
    });
    const outcomes = await this.commands.execute(commandOf(asked, planned, bulk.failOnErrors));
    return this.answers.response(planned, outcomes, { asked, request });
  }
}
