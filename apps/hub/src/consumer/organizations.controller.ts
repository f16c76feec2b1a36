/** Organizations: the customers of an application. */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { publishedOrganization } from '@app/directory';
import { domainName, OrganizationDomains, Organizations, type Organization } from '@app/tenancy';
import { DomainChecks } from '../organizations/domain-checks.js';
import { organizationFacts } from '../organizations/facts.js';
import { OrganizationSetUp } from '../organizations/organization-set-up.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { NewOrganization, OrganizationChange, wishOf } from './organization-body.js';
import { list, listOf, pageOf, textOf, type Query as QueryParameters } from './query.js';

@Controller('organizations')
@UseGuards(ApiKeyGuard)
export class OrganizationsController {
  constructor(
    private readonly organizations: Organizations,
    private readonly domains: OrganizationDomains,
    private readonly setUp: OrganizationSetUp,
    private readonly checks: DomainChecks,
  ) {}

  @Post()
  async create(@Body() body: NewOrganization, @Req() request: FastifyRequest): Promise<object> {
    const made = await this.setUp.create({ ...wishOf(body), name: body.name }, request.id);
    this.checks.lookFor(made.domains);
    return publishedOrganization(made);
  }

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    // What is no name of a domain is none that anybody has.
    const domains = listOf(query, 'domains').map((name) => domainName(name) ?? name);
    const filter = { domains, search: textOf(query, 'search') };
    const { data, before, after } = await this.organizations.list(filter, pageOf(query));
    return list(await this.shown(data), { before, after });
  }

  @Get('external_id/:externalId')
  async getByExternalId(@Param('externalId') externalId: string): Promise<object> {
    const organization = await this.organizations.findByExternalId(externalId);
    if (!organization) throw notFound('Organization', externalId);
    return (await this.shown([organization]))[0]!;
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const organization = await this.organizations.find(id);
    if (!organization) throw notFound('Organization', id);
    return (await this.shown([organization]))[0]!;
  }

  /** What the body leaves out stays as it is; `domain_data` replaces all domains. */
  @Put(':id')
  async change(
    @Param('id') id: string,
    @Body() body: OrganizationChange,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const changed = await this.setUp.change(id, (before) => wishOf(body, before), request.id);
    if (!changed) throw notFound('Organization', id);
    this.checks.lookFor(changed.domains);
    return publishedOrganization(changed);
  }

  /** Its directories end as if each had been deleted; everything else that it has goes with it. */
  @Delete(':id')
  @HttpCode(202)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    if (!(await this.setUp.remove(id, request.id))) throw notFound('Organization', id);
  }

  private async shown(organizations: Organization[]): Promise<object[]> {
    const domains = await this.domains.ofOrganizations(organizations.map(({ id }) => id));
    return organizations.map((each) => publishedOrganization(organizationFacts(each, domains)));
  }
}
