/** Tells one destination again how things are: all of a directory, some kinds, or the few that a comparison found. */
import { Body, Controller, Param, Post, UseGuards } from '@nestjs/common';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { findReplay, type DestinationFilter } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { KINDS, unknownAmong, type Kind } from '@app/projections';
import { Clock, Database } from '@app/runtime';
import { Destinations, Directories, type Destination, type Directory } from '@app/tenancy';
import { shownReplays } from '../../admin/shown-replay.js';
import { foundDestination } from '../../found-destination.js';
import { oneAtATime, Replays } from '../../replays.js';
import { notFound } from '../api-error.js';
import { ApiKeyGuard } from '../api-key.guard.js';
import { invalid } from '../validation.js';

const IDS_AT_MOST = 1_000;

export class ReannouncementBody {
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  destination_id: string;

  /** All of them, and the directory itself, unless given. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(KINDS.length)
  @IsIn(KINDS, { each: true })
  kinds?: Kind[] | null;

  /** People and groups: these, and the memberships that one of them is in. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(IDS_AT_MOST)
  @IsString({ each: true })
  ids?: string[] | null;

  /** Instead of the destination's `catch_up_per_second`. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  max_per_second?: number | null;
}

const TYPE_OF: Readonly<Record<Kind, string>> = {
  users: 'dsync.user.created',
  groups: 'dsync.group.created',
  memberships: 'dsync.group.user_added',
};

@Controller('directories/:id/reannounce')
@UseGuards(ApiKeyGuard)
export class ReannouncementController {
  constructor(
    private readonly directories: Directories,
    private readonly destinations: Destinations,
    private readonly replays: Replays,
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  /** 201 with a replay of the kind `snapshot`, which can be watched and stopped like any other. */
  @Post()
  async create(@Param('id') id: string, @Body() body: ReannouncementBody): Promise<object> {
    const directory = await this.directories.find(id);
    if (!directory) throw notFound('Directory', id);
    const destination = await foundDestination(this.destinations, body.destination_id);
    refuseDeaf(destination, directory);
    await this.refuseUnknown(id, body.ids ?? []);
    const plan = await this.replays.planPart(destination, {
      directory_ids: [id],
      ...(body.kinds ? { event_types: body.kinds.map((kind) => TYPE_OF[kind]) } : {}),
      ...(body.ids ? { subject_ids: body.ids } : {}),
    });
    const { replay, counting } = await oneAtATime(destination.id, () =>
      this.replays.create(destination, plan, body.max_per_second ?? null),
    );
    await counting;
    const { database, log, clock } = this;
    const now = (await findReplay(database, replay)) ?? replay;
    return (await shownReplays({ database, log, clock }, destination, [now]))[0]!;
  }

  private async refuseUnknown(directoryId: string, ids: string[]): Promise<void> {
    const unknown = ids.length > 0 ? await unknownAmong(this.database, directoryId, ids) : [];
    if (unknown.length === 0) return;
    throw invalid(
      unknown.map((id) => ({
        field: 'ids',
        code: 'unknown_name',
        message: `there is no person or group '${id}' in this directory`,
      })),
    );
  }
}

/** A destination that may not hear of the directory would be told nothing. @throws ApiError 422 */
function refuseDeaf({ id, organizationId, filter }: Destination, directory: Directory): void {
  const { organization_ids, directory_ids } = filter as DestinationFilter;
  const allows = (names: readonly string[] | undefined, name: string): boolean =>
    names === undefined || names.includes('*') || names.includes(name);
  const hears =
    (organizationId === null || organizationId === directory.organizationId) &&
    allows(organization_ids, directory.organizationId) &&
    allows(directory_ids, directory.id);
  if (hears) return;
  const message = `${id} does not hear of ${directory.id}: its organization or its filter leaves it out`;
  throw invalid([{ field: 'destination_id', code: 'not_heard', message }]);
}
