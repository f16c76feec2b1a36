import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, UseGuards } from '@nestjs/common';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Directories, Organizations, type Organization } from '@app/tenancy';
import { notFound } from './api-error.js';
import { DirectorySetUp } from '../directory-set-up.js';
import { ApiKeyGuard } from './api-key.guard.js';

export class NewOrganization {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;
}

@Controller('organizations')
@UseGuards(ApiKeyGuard)
export class OrganizationsController {
  constructor(
    private readonly organizations: Organizations,
    private readonly directories: Directories,
    private readonly setUp: DirectorySetUp,
  ) {}

  @Post()
  async create(@Body() body: NewOrganization): Promise<object> {
    return shown(await this.organizations.create(body.name));
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const organization = await this.organizations.find(id);
    if (!organization) throw notFound('Organization', id);
    return shown(organization);
  }

  /** Its directories end as if each had been deleted; its destinations go with it. */
  @Delete(':id')
  @HttpCode(202)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    if (!(await this.organizations.find(id))) throw notFound('Organization', id);
    for (const directory of await this.directories.ofOrganization(id))
      await this.setUp.remove(directory, request.id);
    await this.organizations.remove(id);
  }
}

function shown(organization: Organization): object {
  return {
    object: 'organization',
    id: organization.id,
    name: organization.name,
    allow_profiles_outside_organization: false,
    domains: [],
    metadata: {},
    external_id: null,
    created_at: organization.createdAt.toISOString(),
    updated_at: organization.updatedAt.toISOString(),
  };
}
