/** What a replay tells again. Everything that is given must hold. */
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  Equals,
  IsArray,
  IsISO8601,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { publishedType, type RecordedEvent } from '@app/directory';
import type { Selection } from '@app/event-log';
import { namesType } from '../filter.js';

/** Larger selections are better said by a range. */
export const EVENT_IDS_AT_MOST = 1_000;
const NAMES_AT_MOST = 1_000;
const ID_LENGTH_AT_MOST = 200;

export class ReplaySelection {
  /** The id of an event: what came after it. */
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH_AT_MOST)
  after?: string;

  /** The id of an event: nothing that came after it. */
  @IsOptional()
  @IsString()
  @MaxLength(ID_LENGTH_AT_MOST)
  until?: string;

  /** Inclusive. */
  @IsOptional()
  @IsISO8601({ strict: true })
  from_time?: string;

  /** Exclusive. */
  @IsOptional()
  @IsISO8601({ strict: true })
  to_time?: string;

  /** There is no bound, and that is meant. */
  @IsOptional()
  @Equals(true)
  everything?: true;

  /** How everything is instead of what happened. */
  @IsOptional()
  @Equals(true)
  snapshot?: true;

  /** These events and no others. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(EVENT_IDS_AT_MOST)
  @IsString({ each: true })
  event_ids?: string[];

  /** Published types, also with `.*` at the end. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  event_types?: string[];

  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  directory_ids?: string[];

  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  organization_ids?: string[];

  /** People and groups: events that are about any of them. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(NAMES_AT_MOST)
  @IsString({ each: true })
  subject_ids?: string[];
}

/** The part of a selection that the log itself can look up. */
export function inTheLog(selection: ReplaySelection): Partial<Selection> {
  const { organization_ids, directory_ids, subject_ids, from_time, to_time } = selection;
  return {
    ...(organization_ids ? { organizationIds: organization_ids } : {}),
    ...(directory_ids ? { directoryIds: directory_ids } : {}),
    ...(subject_ids ? { subjects: subject_ids } : {}),
    ...(from_time ? { occurredFrom: new Date(from_time) } : {}),
    ...(to_time ? { occurredBefore: new Date(to_time) } : {}),
  };
}

/** The rest of it. */
export function isSelected({ event_types: types }: ReplaySelection, event: RecordedEvent): boolean {
  if (!types) return true;
  const type = publishedType(event);
  return type !== undefined && namesType(types, type);
}
