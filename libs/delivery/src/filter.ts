/** Which events concern a destination at all. Pure; the types of events are the protocol's to compare. */
import { ArrayMaxSize, IsArray, IsOptional, IsString } from 'class-validator';
import {
  isForOneStream,
  isOfOrganization,
  isOperational,
  isOperationalType,
  type RecordedEvent,
} from '@app/directory';
import type { Selection } from '@app/event-log';
import type { Destination } from '@app/tenancy';

// Compared for each event; longer lists are better said by leaving them out.
const NAMES_AT_MOST = 1_000;

/** What is left out, and `*`, restricts nothing. */
export class DestinationFilter {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  organization_ids?: string[];

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  directory_ids?: string[];

  /** Events of these groups, of their memberships, and of the people who are in one of them at that time. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  group_ids?: string[];
}

const EVERYTHING = '*';

/**
 * Whether an event may be told to a destination as far as its place says so. A destination of one organization never
 * hears of another's, whatever its filter names; and none hears of itself: it would be told that nothing can be told it,
 * except of what is for one stream and for nobody else.
 */
export function concerns(
  { id, organizationId, filter }: Pick<Destination, 'id' | 'organizationId' | 'filter'>,
  event: RecordedEvent,
): boolean {
  const { organization_ids: organizations, directory_ids: directories } = filter as DestinationFilter;
  if (isForOneStream(event)) return event.data.streamId === id;
  if (organizationId !== null && event.organizationId !== organizationId) return false;
  if (!names(organizations, event.organizationId)) return false;
  // What is told of destinations and organizations is in no directory.
  if (isOfOrganization(event)) return true;
  return isOperational(event) ? event.data.destination.id !== id : names(directories, event.directoryId);
}

/**
 * What the log itself can look up of what directories tell: a snapshot of one directory then reads no other. Not of what is
 * told of destinations and organizations, which is in no directory.
 * @param asked narrows it further.
 */
export function whereToLook(
  { organizationId, filter }: Pick<Destination, 'organizationId' | 'filter'>,
  asked: Pick<Selection, 'organizationIds' | 'directoryIds'>,
): Pick<Selection, 'organizationId' | 'organizationIds' | 'directoryIds'> {
  const { organization_ids, directory_ids } = filter as DestinationFilter;
  const organizationIds = both(asked.organizationIds, organization_ids);
  const directoryIds = both(asked.directoryIds, directory_ids);
  return {
    ...(organizationId !== null && { organizationId }),
    ...(organizationIds && { organizationIds }),
    ...(directoryIds && { directoryIds }),
  };
}

function both(asked: string[] | undefined, filter: readonly string[] | undefined): string[] | undefined {
  if (filter === undefined || filter.includes(EVERYTHING)) return asked;
  return asked === undefined ? [...filter] : asked.filter((id) => filter.includes(id));
}

/** The groups that a destination's people must be in; undefined when it hears of everybody. */
export function audienceOf({ filter }: Pick<Destination, 'filter'>): readonly string[] | undefined {
  const { group_ids: groups } = filter as DestinationFilter;
  return groups === undefined || groups.includes(EVERYTHING) ? undefined : groups;
}

function names(list: readonly string[] | undefined, id: string): boolean {
  return list === undefined || list.includes(EVERYTHING) || list.includes(id);
}

/**
 * Whether a list of wanted event types names a type: by its name, by `*`, or by a beginning such as `dsync.user.*`. An
 * empty list names nothing. `*` stands for what directories tell; what is told of destinations and organizations has
 * to be named.
 */
export function namesType(wanted: readonly string[], type: string): boolean {
  return wanted.some((name) =>
    name === EVERYTHING
      ? !isOperationalType(type)
      : name === type || (name.endsWith('.*') && type.startsWith(name.slice(0, -1))),
  );
}
