/** The bearer tokens that identity providers keep: many for each directory, so that one can be replaced without a pause. */
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
  UseGuards,
} from '@nestjs/common';
import {
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { Clock } from '@app/runtime';
import { Directories, DirectoryTokens, type Directory, type DirectoryToken } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import {
  DATE_TIME,
  DATE_TIME_MESSAGE,
  endOf,
  OVERLAP_DEFAULT_IN_SECONDS,
  OVERLAP_MESSAGE,
  OVERLAP_MOST_IN_SECONDS,
} from './expiry.js';

export class NewTokenBody {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name: string;

  @IsOptional()
  @Matches(DATE_TIME, { message: DATE_TIME_MESSAGE })
  expires_at?: string | null;
}

export class TokenChangeBody {
  // Unlike an expiry, a name cannot be taken away with null.
  @ValidateIf((body: TokenChangeBody) => body.name !== undefined)
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;

  @IsOptional()
  @Matches(DATE_TIME, { message: DATE_TIME_MESSAGE })
  expires_at?: string | null;
}

export class TokenRotationBody extends TokenChangeBody {
  @ValidateIf((body: TokenRotationBody) => body.overlap_seconds !== undefined)
  @IsInt({ message: OVERLAP_MESSAGE })
  @Min(0, { message: OVERLAP_MESSAGE })
  @Max(OVERLAP_MOST_IN_SECONDS, { message: OVERLAP_MESSAGE })
  overlap_seconds?: number;
}

@Controller('directories/:directoryId/tokens')
@UseGuards(ApiKeyGuard)
export class DirectoryTokensController {
  constructor(
    private readonly directories: Directories,
    private readonly tokens: DirectoryTokens,
    private readonly clock: Clock,
  ) {}

  /** The token itself is in this answer and nowhere else, ever again. */
  @Post()
  async create(@Param('directoryId') directoryId: string, @Body() body: NewTokenBody): Promise<object> {
    const { id } = await this.directory(directoryId);
    const expiresAt = endOf(body.expires_at ?? null, this.clock.now());
    const { token, secret } = await this.tokens.create({ directoryId: id, name: body.name, expiresAt });
    return { ...this.shown(token), bearer_token: secret };
  }

  /** The ones that people made; access tokens of OAuth clients are not among them. */
  @Get()
  async list(@Param('directoryId') directoryId: string, @Query() query: QueryParameters): Promise<object> {
    const { id } = await this.directory(directoryId);
    const { data, before, after } = await this.tokens.list(id, pageOf(query));
    return list(
      data.map((token) => this.shown(token)),
      { before, after },
    );
  }

  @Get(':id')
  async get(@Param('directoryId') directoryId: string, @Param('id') id: string): Promise<object> {
    return this.shown(await this.found(directoryId, id));
  }

  @Patch(':id')
  async change(
    @Param('directoryId') directoryId: string,
    @Param('id') id: string,
    @Body() body: TokenChangeBody,
  ): Promise<object> {
    const token = await this.found(directoryId, id);
    const changed = await this.tokens.change(token, {
      ...(body.name === undefined ? {} : { name: body.name }),
      ...(body.expires_at === undefined ? {} : { expiresAt: endOf(body.expires_at, this.clock.now()) }),
    });
    return this.shown(changed);
  }

  /** The last one may go, too: that is how an identity provider is locked out. The answer says so. */
  @Delete(':id')
  async remove(@Param('directoryId') directoryId: string, @Param('id') id: string): Promise<object> {
    const left = await this.tokens.remove(await this.found(directoryId, id));
    const warning = 'This directory has no bearer token any more: make one, or use an OAuth client.';
    const gone = { object: 'directory_token', id, deleted: true, tokens_left: left };
    return left > 0 ? gone : { ...gone, warning };
  }

  /**
   * Makes a token that takes the place of this one, which goes on for `overlap_seconds` (a day unless told otherwise). The
   * new one has its name and lives as long as it was made to live, unless told otherwise.
   */
  @Post(':id/rotate')
  @HttpCode(201)
  async rotate(
    @Param('directoryId') directoryId: string,
    @Param('id') id: string,
    @Body() body: TokenRotationBody = {},
  ): Promise<object> {
    const token = await this.found(directoryId, id);
    const now = this.clock.now();
    const overlapInSeconds = body.overlap_seconds ?? OVERLAP_DEFAULT_IN_SECONDS;
    const rotated = await this.tokens.rotate(token, {
      name: body.name ?? token.name,
      expiresAt: body.expires_at === undefined ? sameLife(token, now) : endOf(body.expires_at, now),
      oldEndsAt: new Date(now.getTime() + overlapInSeconds * 1_000),
    });
    return {
      ...this.shown(rotated.token),
      bearer_token: rotated.secret,
      replaces: this.shown(rotated.old),
    };
  }

  private async directory(id: string): Promise<Directory> {
    const directory = await this.directories.find(id);
    if (!directory) throw notFound('Directory', id);
    return directory;
  }

  private async found(directoryId: string, id: string): Promise<DirectoryToken> {
    const token = await this.tokens.find(directoryId, id);
    if (!token) throw notFound('Token', id);
    return token;
  }

  private shown(token: DirectoryToken): object {
    return {
      object: 'directory_token',
      id: token.id,
      directory_id: token.directoryId,
      name: token.name,
      last_four: token.suffix,
      state: token.expiresAt !== null && token.expiresAt <= this.clock.now() ? 'expired' : 'active',
      created_at: token.createdAt.toISOString(),
      expires_at: token.expiresAt?.toISOString() ?? null,
      last_used_at: token.lastUsedAt?.toISOString() ?? null,
    };
  }
}

function sameLife({ createdAt, expiresAt }: DirectoryToken, now: Date): Date | null {
  return expiresAt && new Date(now.getTime() + expiresAt.getTime() - createdAt.getTime());
}
