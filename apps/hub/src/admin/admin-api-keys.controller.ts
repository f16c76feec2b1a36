/** Keys of Rollcall's own API: what applications and operators show to it. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ArrayUnique, IsArray, IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { ApiKeys, PERMISSIONS, type ApiKey, type Permission } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard, requirePermission, type WithApiKey } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';

export class NewAdminApiKey {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @IsOptional()
  @IsArray()
  @IsIn(PERMISSIONS, { each: true })
  @ArrayUnique()
  permissions?: Permission[];
}

@Controller('admin_api_keys')
@UseGuards(ApiKeyGuard)
export class AdminApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  /** The key itself is in this answer and nowhere else, ever again. Nobody gives a permission that they lack. */
  @Post()
  async create(@Body() body: NewAdminApiKey, @Req() request: FastifyRequest & WithApiKey): Promise<object> {
    requirePermission(request, 'api_keys:manage');
    const permissions = body.permissions ?? [];
    for (const permission of permissions) requirePermission(request, permission);
    const { key, secret } = await this.keys.make(body.name, permissions);
    return { ...shown(key), value: secret };
  }

  @Get()
  async list(@Query() query: QueryParameters, @Req() request: FastifyRequest & WithApiKey): Promise<object> {
    requirePermission(request, 'api_keys:manage');
    const { data, before, after } = await this.keys.list(pageOf(query));
    return list(data.map(shown), { before, after });
  }

  @Get(':id')
  async get(@Param('id') id: string, @Req() request: FastifyRequest & WithApiKey): Promise<object> {
    requirePermission(request, 'api_keys:manage');
    const key = await this.keys.find(id);
    if (!key) throw notFound('API key', id);
    return shown(key);
  }

  /** In force at once, on every hub. */
  @Delete(':id')
  @HttpCode(204)
  async revoke(@Param('id') id: string, @Req() request: FastifyRequest & WithApiKey): Promise<void> {
    requirePermission(request, 'api_keys:manage');
    if (!(await this.keys.revoke(id))) throw notFound('API key', id);
  }
}

function shown({ id, name, suffix, permissions, createdAt }: ApiKey): object {
  return {
    object: 'admin_api_key',
    id,
    name,
    obfuscated_value: `sk_...${suffix}`,
    permissions,
    created_at: createdAt.toISOString(),
  };
}
