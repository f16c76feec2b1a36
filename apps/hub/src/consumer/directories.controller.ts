/** Directories: one for each connection of an identity provider. */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { publishedDirectory } from '@app/directory';
import type { DirectoryCounts } from '@app/projections';
import { Directories, GENERIC_DIRECTORY, Organizations, type Directory } from '@app/tenancy';
import { DirectorySetUp, directoryFacts } from '../directory-set-up.js';
import {
  DirectorySettingsBody,
  directorySettingsAfter,
  shownDirectorySettings,
} from '../directory-settings.js';
import { isGiven } from '../leaving-settings.js';
import { notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { KnownCounts } from './known-counts.js';
import { DirectoryDomains } from './directory-domains.js';
import { list, pageOf, textOf, type Query as QueryParameters } from './query.js';
import { invalid } from './validation.js';

/** Which identity provider, for example `okta scim v2.0`, `azure scim v2.0`, `generic scim v2.0`. */
const TYPE = /^[a-z0-9][a-z0-9 .]{1,60}$/;
const TYPE_MESSAGE = {
  message: 'type must be in lower case, for example "okta scim v2.0" or "azure scim v2.0"',
};

export class NewDirectoryBody {
  @IsString()
  @IsNotEmpty()
  organization_id: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @IsOptional()
  @IsString()
  @Matches(TYPE, TYPE_MESSAGE)
  type?: string;
}

/** What is not there is left as it is. */
export class DirectoryChangeBody {
  @ValidateIf(isGiven)
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;

  @ValidateIf(isGiven)
  @IsString()
  @Matches(TYPE, TYPE_MESSAGE)
  type?: string;

  @ValidateIf(isGiven)
  @IsObject()
  @ValidateNested()
  @Type(() => DirectorySettingsBody)
  settings?: DirectorySettingsBody;
}

@Controller('directories')
@UseGuards(ApiKeyGuard)
export class DirectoriesController {
  constructor(
    private readonly directories: Directories,
    private readonly organizations: Organizations,
    private readonly setUp: DirectorySetUp,
    private readonly counts: KnownCounts,
    private readonly domains: DirectoryDomains,
  ) {}

  /** The bearer token is in this answer and nowhere else, ever again. */
  @Post()
  async create(@Body() body: NewDirectoryBody, @Req() request: FastifyRequest): Promise<object> {
    if (!(await this.organizations.find(body.organization_id))) {
      throw invalid([
        {
          field: 'organization_id',
          code: 'unknown_organization',
          message: 'organization_id names no organization',
        },
      ]);
    }
    const wish = {
      organizationId: body.organization_id,
      name: body.name,
      type: body.type ?? GENERIC_DIRECTORY,
    };
    const { directory, scim } = await this.setUp.create(wish, request.id);
    return {
      ...(await this.shown(directory)),
      scim: { base_url: scim.baseUrl, bearer_token: scim.bearerToken },
    };
  }

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const domain = textOf(query, 'domain');
    const filter = {
      organizationId: textOf(query, 'organization_id'),
      organizationIds: domain === undefined ? undefined : await this.domains.organizationsWith(domain),
      search: textOf(query, 'search'),
    };
    const { data, before, after } = await this.directories.list(filter, pageOf(query));
    return list(await this.shownAll(data), { before, after }, query);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    return this.shown(await this.found(id));
  }

  /** In force within a second. What has happened stays as it is: a purge that is scheduled stays scheduled. */
  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: DirectoryChangeBody): Promise<object> {
    const { name, type, settings } = body;
    const directory = await this.directories.change(id, (before) => ({
      ...(name === undefined ? {} : { name }),
      ...(type === undefined ? {} : { type }),
      ...(settings === undefined ? {} : directorySettingsAfter(before, settings)),
    }));
    if (!directory) throw notFound('Directory', id);
    return this.shown(directory);
  }

  /** One `dsync.deleted` and nothing for each person or group; the directory's tokens stop working. */
  @Delete(':id')
  @HttpCode(202)
  async remove(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    await this.setUp.remove(await this.found(id), request.id);
  }

  private async found(id: string): Promise<Directory> {
    const directory = await this.directories.find(id);
    if (!directory) throw notFound('Directory', id);
    return directory;
  }

  private async shown(directory: Directory): Promise<object> {
    return (await this.shownAll([directory]))[0]!;
  }

  private async shownAll(directories: Directory[]): Promise<object[]> {
    const [counts, domains] = await Promise.all([
      this.counts.of(directories.map(({ id }) => id)),
      this.domains.firstOf(directories.map(({ organizationId }) => organizationId)),
    ]);
    return directories.map((directory) =>
      shown(directory, { counts: counts.get(directory.id), domain: domains.get(directory.organizationId) }),
    );
  }
}

interface Besides {
  counts: DirectoryCounts | undefined;
  domain: string | undefined;
}

function shown(directory: Directory, { counts, domain }: Besides): object {
  return {
    ...publishedDirectory(directoryFacts(directory)),
    // Absent where there is none: the SDKs' types have no null for it.
    ...(domain === undefined ? {} : { domain }),
    state: directory.state,
    metadata: {
      users: { active: counts?.activeUsers ?? 0, inactive: counts?.inactiveUsers ?? 0 },
      groups: counts?.groups ?? 0,
    },
    settings: shownDirectorySettings(directory),
  };
}
