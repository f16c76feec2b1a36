/** Keys that customers of the application show to it: made, listed, ended and checked here. They open nothing of Rollcall. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ArrayMaxSize, IsArray, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { publishedCustomerKey } from '@app/directory';
import { Clock } from '@app/runtime';
import { CustomerKeys, Organizations, type CustomerKey } from '@app/tenancy';
import { DATE_TIME, DATE_TIME_MESSAGE, endOf } from '../admin/expiry.js';
import { CustomerKeySetUp } from '../organizations/customer-key-set-up.js';
import { CustomerKeyUses } from '../organizations/customer-key-uses.js';
import { customerKeyFacts } from '../organizations/facts.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from './query.js';

const PERMISSIONS_AT_MOST = 100;
const PERMISSION_MOST = 200;

/** To end one now it is left out. */
export class ExpireBody {
  /** Null: never. */
  @IsOptional()
  @IsString()
  @Matches(DATE_TIME, { message: DATE_TIME_MESSAGE })
  expires_at?: string | null;
}

export class NewCustomerKeyBody extends ExpireBody {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  /** In the application's own words. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(PERMISSIONS_AT_MOST)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(PERMISSION_MOST, { each: true })
  permissions?: string[];
}

export class ValidationBody {
  @IsString()
  @MaxLength(1_000)
  value: string;
}

@Controller('organizations/:organizationId/api_keys')
@UseGuards(ApiKeyGuard)
export class OrganizationKeysController {
  constructor(
    private readonly organizations: Organizations,
    private readonly keys: CustomerKeys,
    private readonly setUp: CustomerKeySetUp,
    private readonly clock: Clock,
  ) {}

  /** The key itself is in this answer and nowhere else, ever again. */
  @Post()
  async create(
    @Param('organizationId') organizationId: string,
    @Body() body: NewCustomerKeyBody,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const expiresAt = endOf(body.expires_at ?? null, this.clock.now());
    const wish = { organizationId, name: body.name, permissions: body.permissions ?? [], expiresAt };
    const made = await this.setUp.create(wish, request.id);
    if (!made) throw notFound('Organization', organizationId);
    return { ...shown(made.key), value: made.secret };
  }

  @Get()
  async list(
    @Param('organizationId') organizationId: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    const page = pageOf(query);
    if (!(await this.organizations.find(organizationId))) throw notFound('Organization', organizationId);
    const { data, before, after } = await this.keys.list(organizationId, page);
    return list(data.map(shown), { before, after });
  }
}

@Controller('api_keys')
@UseGuards(ApiKeyGuard)
export class CustomerKeysController {
  constructor(
    private readonly keys: CustomerKeys,
    private readonly setUp: CustomerKeySetUp,
    private readonly uses: CustomerKeyUses,
    private readonly clock: Clock,
  ) {}

  /** What is no key, a key that is over, and one of Rollcall's own are all the same: null. */
  @Post('validations')
  @HttpCode(200)
  async validate(@Body() { value }: ValidationBody): Promise<object> {
    const key = await this.keys.valid(value);
    if (key) this.uses.note(key.id);
    return { api_key: key && shown(key) };
  }

  /** Now, at a time to come, or, with null, never. */
  @Post(':id/expire')
  @HttpCode(200)
  async expire(
    @Param('id') id: string,
    @Body() body: ExpireBody,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const { expires_at: end } = body;
    const wanted = end === undefined ? 'now' : endOf(end, this.clock.now());
    const key = await this.setUp.expire(id, wanted, request.id);
    if (!key) throw notFound('API key', id);
    return shown(key);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    if (!(await this.setUp.remove(id, request.id))) throw notFound('API key', id);
  }
}

function shown(key: CustomerKey): object {
  return publishedCustomerKey(customerKeyFacts(key));
}
