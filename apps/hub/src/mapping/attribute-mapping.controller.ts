/** How the people of a directory are seen by consumers: which of their SCIM attributes, under which names. */
import { Body, Controller, Get, HttpCode, Param, Post, Put, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { AttributeRule } from '@app/directory';
import { reviewProgress } from '@app/provisioning';
import { Database } from '@app/runtime';
import { Directories, type Directory } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { shapeFor } from '../scim/directory-shapes.js';
import { AttributeMappingBody, AttributePreviewBody, rulesOf, shownRule } from './attribute-mapping-body.js';
import { previewOfPeople, previewOfUser } from './attribute-preview.js';
import { RuleChanges } from './rule-changes.js';

@Controller('directories/:id/attribute_mapping')
@UseGuards(ApiKeyGuard)
export class AttributeMappingController {
  constructor(
    private readonly directories: Directories,
    private readonly database: Database,
    private readonly changes: RuleChanges,
  ) {}

  /** `applying` says how far people have been looked at after the last change; null when all have been. */
  @Get()
  async get(@Param('id') id: string): Promise<object> {
    return this.shown(await this.found(id));
  }

  /**
   * Replaces the mapping as a whole. Whoever is written to afterwards is seen by it; everybody else is looked at in the background, and
   * who looks different then has a `dsync.user.updated`.
   */
  @Put()
  async put(
    @Param('id') id: string,
    @Body() body: AttributeMappingBody,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const rules = rulesOf(body, shapeFor('User', await this.found(id)));
    if (!(await this.changes.mapAttributes(id, rules, request.id))) throw notFound('Directory', id);
    return this.shown(await this.found(id));
  }

  @Post('preview')
  @HttpCode(200)
  async preview(@Param('id') id: string, @Body() body: AttributePreviewBody): Promise<object> {
    const directory = await this.found(id);
    const { user_id: userId, limit, after } = body;
    const wish = { directory, rules: rulesOf(body, shapeFor('User', directory)), limit, after };
    const head = { object: 'attribute_mapping_preview', directory_id: id };
    if (userId === undefined) return { ...head, ...(await previewOfPeople(this.database, wish)) };
    const seen = await previewOfUser(this.database, userId, wish);
    if (!seen) throw notFound('Directory user', userId);
    return { ...head, people: [seen] };
  }

  private async shown({ id, attributeRules }: Directory): Promise<object> {
    return {
      object: 'attribute_mapping',
      directory_id: id,
      attributes: (attributeRules as AttributeRule[]).map(shownRule),
      applying: await reviewProgress(this.database, [id], 'attributes'),
    };
  }

  private async found(id: string): Promise<Directory> {
    const directory = await this.directories.find(id);
    if (!directory) throw notFound('Directory', id);
    return directory;
  }
}
