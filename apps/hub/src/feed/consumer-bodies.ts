/** What is sent to make and to move a named consumer. */
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
} from 'class-validator';
import { MaxLength, ValidateNested } from 'class-validator';
import {
  DOMAIN_EVENT_TYPES,
  PUBLISHED_TYPES,
  type DomainEventType,
  type PublishedType,
} from '@app/directory';
import type { FeedFilter } from './feed-scope.js';
import { NAMES_AT_MOST } from './feed-query.js';

export const CONSUMER_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const NAME_MESSAGE =
  'name must have 1 to 64 small letters, digits, "-" and "_", and begin with a letter or a digit';
const LONGEST_ID = 200;

/** Which events; what is not there is not limited. */
export class ConsumerFilterBody {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(LONGEST_ID)
  organization_id?: string;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  directories?: string[];

  /** People and groups. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  subjects?: string[];

  /** As `events` of `GET /events`. */
  @IsOptional()
  @IsArray()
  @IsIn(PUBLISHED_TYPES, { each: true, message: `events must be among ${PUBLISHED_TYPES.join(', ')}` })
  events?: PublishedType[];

  @IsOptional()
  @IsArray()
  @IsIn(Object.keys(DOMAIN_EVENT_TYPES), {
    each: true,
    message: `causes must be among ${Object.keys(DOMAIN_EVENT_TYPES).join(', ')}`,
  })
  causes?: DomainEventType[];
}

export class NewConsumerBody {
  @Matches(CONSUMER_NAME, { message: NAME_MESSAGE })
  name: string;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ConsumerFilterBody)
  filters?: ConsumerFilterBody;

  /** As `to` of a seek; `beginning` without it. */
  @IsOptional()
  @IsString()
  from?: string;
}

export class AckBody {
  /** The last event that was handled, or `list_metadata.cursor` of its page. */
  @IsString()
  @IsNotEmpty()
  event_id: string;

  /** The token of the lease under which the page was read. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_ID)
  lease_token?: string;
}

export class SeekBody {
  @IsString()
  @IsNotEmpty()
  to: string;
}

/** Empty lists limit nothing, as in queries. */
export function consumerFilter(body: ConsumerFilterBody): FeedFilter {
  const { organization_id: organizationId, directories, subjects, events, causes } = body;
  return {
    ...(organizationId ? { organizationId } : {}),
    ...(directories?.length ? { directoryIds: directories } : {}),
    ...(subjects?.length ? { subjects } : {}),
    ...(events?.length ? { types: new Set(events) } : {}),
    ...(causes?.length ? { causes } : {}),
  };
}
