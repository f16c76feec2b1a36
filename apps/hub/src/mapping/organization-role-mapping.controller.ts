/** Which roles groups give to the people of an organization, in all of its directories that have no rules of their own. */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RoleRule } from '@app/directory';
import { reviewProgress } from '@app/provisioning';
import { Database } from '@app/runtime';
import { Directories, findRoleMapping, Organizations } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import {
  OrganizationRolePreviewBody,
  RoleMappingBody,
  roleMappingOf,
  shownRoleRule,
} from './role-mapping-body.js';
import { rolePreview } from './role-preview.js';
import { RuleChanges } from './rule-changes.js';

@Controller('organizations/:id/role_mapping')
@UseGuards(ApiKeyGuard)
export class OrganizationRoleMappingController {
  constructor(
    private readonly organizations: Organizations,
    private readonly directories: Directories,
    private readonly database: Database,
    private readonly changes: RuleChanges,
  ) {}

  @Get()
  async get(@Param('id') id: string): Promise<object> {
    await this.found(id);
    return this.shown(id);
  }

  /** Replaces the mapping as a whole. */
  @Put()
  async put(
    @Param('id') id: string,
    @Body() body: RoleMappingBody,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const mapping = roleMappingOf(body);
    if (!(await this.changes.mapRolesOfOrganization(id, mapping, request.id)))
      throw notFound('Organization', id);
    return this.shown(id);
  }

  /** Shown on the people of one directory, as if it had no rules of its own. */
  @Post('preview')
  @HttpCode(200)
  async preview(@Param('id') id: string, @Body() body: OrganizationRolePreviewBody): Promise<object> {
    await this.found(id);
    const { directory_id: directoryId, user_id: userId, limit, after } = body;
    const directory = await this.directories.find(directoryId);
    if (directory?.organizationId !== id) throw notFound('Directory', directoryId);
    return rolePreview(this.database, { directoryId, mapping: roleMappingOf(body), userId, limit, after });
  }

  private async shown(id: string): Promise<object> {
    const [mapping, directories] = await Promise.all([
      findRoleMapping(this.database, id),
      this.directories.ofOrganization(id),
    ]);
    const ids = directories.map((directory) => directory.id);
    return {
      object: 'role_mapping',
      organization_id: id,
      rules: ((mapping?.rules ?? []) as RoleRule[]).map(shownRoleRule),
      default_role: mapping?.defaultRole ?? null,
      applying: await reviewProgress(this.database, ids, 'roles'),
    };
  }

  private async found(id: string): Promise<void> {
    if (!(await this.organizations.find(id))) throw notFound('Organization', id);
  }
}
