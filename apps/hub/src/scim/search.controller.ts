/** Queries as POST, whose parameters stand in no URL and no log of URLs (RFC 7644 §3.4.3), and across all types of resources (§3.4.2.1). */
import { Body, Controller, Get, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { parseSearchRequest } from '@app/scim';
import { DirectoryTokenGuard, type ScimRequest } from './directory-token.guard.js';
import { Everything } from './everything.js';
import { GroupAnswers } from './group-answers.js';
import type { Listed } from './pages.js';
import { queryOf, SCIM_ROOTS, scimPaths, ScimRequests, type Asked } from './scim-request.js';
import { UserAnswers } from './user-answers.js';

type Query = Record<string, string>;

@ApiExcludeController()
@Controller()
@UseGuards(DirectoryTokenGuard)
export class SearchController {
  constructor(
    private readonly requests: ScimRequests,
    private readonly users: UserAnswers,
    private readonly groups: GroupAnswers,
    private readonly everything: Everything,
  ) {}

  @Post(scimPaths('Users/.search'))
  @HttpCode(200)
  searchUsers(@Req() request: ScimRequest, @Body() body: unknown): Promise<Listed> {
    const { query, ignored } = parseSearchRequest(body);
    return this.users.list(noted(this.requests.read('User', request, query), ignored), query);
  }

  @Post(scimPaths('Groups/.search'))
  @HttpCode(200)
  searchGroups(@Req() request: ScimRequest, @Body() body: unknown): Promise<Listed> {
    const { query, ignored } = parseSearchRequest(body);
    return this.groups.list(noted(this.requests.read('Group', request, query), ignored), query);
  }

  @Post(scimPaths('.search'))
  @HttpCode(200)
  search(@Req() request: ScimRequest, @Body() body: unknown): Promise<Listed> {
    const { query, ignored } = parseSearchRequest(body);
    const asked = this.ofEach(request, query);
    noted(asked.User, ignored);
    return this.everything.list(asked, query);
  }

  @Get(SCIM_ROOTS)
  list(@Req() request: ScimRequest): Promise<Listed> {
    const query = queryOf(request);
    return this.everything.list(this.ofEach(request, query), query);
  }

  private ofEach(request: ScimRequest, query: Query): { User: Asked; Group: Asked } {
    return {
      User: this.requests.read('User', request, query),
      Group: this.requests.read('Group', request, query),
    };
  }
}

function noted(asked: Asked, ignored: string[]): Asked {
  asked.notes.read({ ignored, quirks: [] });
  return asked;
}
