import { Body, Controller, Get, Param, Post, UseGuards } from '@nestjs/common';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { Organizations, type Organization } from '@app/tenancy';
import { notFound } from './api-error.js';
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
  constructor(private readonly organizations: Organizations) {}

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
