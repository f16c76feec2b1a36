/** Which roles groups give to the people of a directory. Without rules of its own it goes by its organization's. */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RoleMapping, RoleRule } from '@app/directory';
import { loadGroups } from '@app/projections';
import { reviewProgress } from '@app/provisioning';
import { Database } from '@app/runtime';
import { Directories, findRoleMapping, type Directory } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { invalid } from '../consumer/validation.js';
import { RoleMappingBody, roleMappingOf, RolePreviewBody, shownRoleRule } from './role-mapping-body.js';
import { rolePreview } from './role-preview.js';
import { RuleChanges } from './rule-changes.js';

@Controller('directories/:id/role_mapping')
@UseGuards(ApiKeyGuard)
export class RoleMappingController {
  constructor(
    private readonly directories: Directories,
    private readonly database: Database,
    private readonly changes: RuleChanges,
  ) {}

  /** The mapping that the directory goes by: its own, or where `inherited` the one of its organization. */
  @Get()
  async get(@Param('id') id: string): Promise<object> {
    return this.shown(await this.found(id));
  }

  /** Replaces the mapping as a whole. One without rules and without a default role is none: the organization's counts again. */
  @Put()
  async put(
    @Param('id') id: string,
    @Body() body: RoleMappingBody,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const directory = await this.found(id);
    const mapping = roleMappingOf(body);
    await this.refuseUnknownGroups(id, mapping);
    if (!(await this.changes.mapRolesOfDirectory(id, mapping, request.id))) throw notFound('Directory', id);
    return this.shown(directory);
  }

  @Post('preview')
  @HttpCode(200)
  async preview(@Param('id') id: string, @Body() body: RolePreviewBody): Promise<object> {
    await this.found(id);
    const mapping = roleMappingOf(body);
    await this.refuseUnknownGroups(id, mapping);
    const { user_id: userId, limit, after } = body;
    return rolePreview(this.database, { directoryId: id, mapping, userId, limit, after });
  }

  /** A name may come to be a group's later; an id that is no group's never will. */
  private async refuseUnknownGroups(directoryId: string, { rules }: RoleMapping): Promise<void> {
    const named = rules.flatMap(({ group }, index) => ('id' in group ? [{ id: group.id, index }] : []));
    const found = await loadGroups(
      this.database,
      named.map(({ id }) => [directoryId, id]),
    );
    const ids = new Set(found.map(({ id }) => id));
    const unknown = named.filter(({ id }) => !ids.has(id));
    if (unknown.length === 0) return;
    throw invalid(
      unknown.map(({ id, index }) => ({
        field: `rules.${index}.group.id`,
        code: 'unknown_group',
        message: `the directory has no group '${id}'`,
      })),
    );
  }

  private async shown({ id, organizationId }: Directory): Promise<object> {
    const [own, inherited, applying] = await Promise.all([
      findRoleMapping(this.database, id),
      findRoleMapping(this.database, organizationId),
      reviewProgress(this.database, [id], 'roles'),
    ]);
    const { rules, defaultRole } = own ?? inherited ?? { rules: [], defaultRole: null };
    return {
      object: 'role_mapping',
      directory_id: id,
      organization_id: organizationId,
      inherited: own === null && inherited !== null,
      rules: (rules as RoleRule[]).map(shownRoleRule),
      default_role: defaultRole,
      applying,
    };
  }

  private async found(id: string): Promise<Directory> {
    const directory = await this.directories.find(id);
    if (!directory) throw notFound('Directory', id);
    return directory;
  }
}
