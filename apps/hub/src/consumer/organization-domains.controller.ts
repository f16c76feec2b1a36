/** Domains of organizations, and whether they are theirs. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { IsNotEmpty, IsString } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { publishedDomain } from '@app/directory';
import { OrganizationDomains, type OrganizationDomain } from '@app/tenancy';
import { DomainChecks } from '../organizations/domain-checks.js';
import { DomainSetUp } from '../organizations/domain-set-up.js';
import { domainFacts } from '../organizations/facts.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { nameOf } from './organization-body.js';
import { requireNoFields } from './validation.js';

export class NewOrganizationDomain {
  @IsString()
  @IsNotEmpty()
  domain: string;

  @IsString()
  @IsNotEmpty()
  organization_id: string;
}

@Controller('organization_domains')
@UseGuards(ApiKeyGuard)
export class OrganizationDomainsController {
  constructor(
    private readonly domains: OrganizationDomains,
    private readonly setUp: DomainSetUp,
    private readonly checks: DomainChecks,
  ) {}

  /** DNS is asked about it from now on, in the background. */
  @Post()
  async create(@Body() body: NewOrganizationDomain, @Req() request: FastifyRequest): Promise<object> {
    const { organization_id: organizationId } = body;
    const domain = await this.setUp.create(organizationId, nameOf(body.domain, 'domain'), request.id);
    if (!domain) throw notFound('Organization', organizationId);
    return this.begun(domain);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const domain = await this.domains.find(id);
    if (!domain) throw notFound('Organization domain', id);
    return shown(domain);
  }

  /** Answers at once with what is known now; how it ends is an event, and what GET shows. */
  @Post(':id/verify')
  async verify(@Param('id') id: string, @Req() request: FastifyRequest): Promise<object> {
    requireNoFields(request.body);
    const domain = await this.setUp.verify(id, request.id);
    if (!domain) throw notFound('Organization domain', id);
    return this.begun(domain);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    if (!(await this.setUp.remove(id, request.id))) throw notFound('Organization domain', id);
  }

  private begun(domain: OrganizationDomain): object {
    this.checks.lookFor([domain]);
    return shown(domain);
  }
}

function shown(domain: OrganizationDomain): object {
  return publishedDomain(domainFacts(domain));
}
