/** What people ask for when they have a destination told again, and what of it contradicts itself. */
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ReplaySelection } from '@app/delivery';
import { EXAMPLE_TYPES, TEST_TYPE, type TestType } from '@app/directory';
import type { FieldError } from '../consumer/api-error.js';
import { isEventPattern, isPublished } from '../consumer/event-names.js';

export class NewReplayBody extends ReplaySelection {
  /** Only counts, and changes nothing. */
  @IsOptional()
  @IsIn([true, false])
  dry_run?: boolean;

  /** Instead of the destination's `catch_up_per_second`. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  max_per_second?: number;
}

export const BEGINNING = 'beginning';

export class RewindBody {
  /** The id of an event, or `beginning`. */
  @IsString()
  @MaxLength(200)
  after: string;

  @IsOptional()
  @IsIn([true, false])
  dry_run?: boolean;
}

export class NewTestBody {
  @IsOptional()
  @IsIn([TEST_TYPE, ...EXAMPLE_TYPES])
  event_type?: TestType;
}

/** A selection without the members that say nothing: null, and lists that name everything. */
export function selectionOf({ dry_run: _, max_per_second: __, ...given }: NewReplayBody): ReplaySelection {
  const said = Object.entries(given).filter(([, value]) => {
    if (value === undefined || value === null) return false;
    return !(Array.isArray(value) && value.includes('*'));
  });
  return Object.fromEntries(said);
}

const RANGE = ['after', 'until', 'from_time', 'to_time'] as const;
const SUBJECT_ID = /^directory(?:_user|_group)?_[0-9A-HJKMNP-TV-Z]{26}$/;

/** What can be said without looking anything up. */
export function contradictionsIn(selection: ReplaySelection): FieldError[] {
  const { snapshot, everything, event_ids, from_time, to_time } = selection;
  const range = RANGE.filter((name) => selection[name] !== undefined);
  const errors: FieldError[] = [];
  const kinds = [
    ...(snapshot ? ['snapshot'] : []),
    ...(everything ? ['everything'] : []),
    ...(event_ids ? ['event_ids'] : []),
    ...(range.length > 0 ? [range[0]!] : []),
  ];
  if (kinds.length === 0) {
    const message =
      'say where it begins or ends (after, until, from_time, to_time), name event_ids, or say everything: true';
    errors.push({ field: 'after', code: 'required', message });
  }
  if (kinds.length > 1) {
    const message = `${kinds[0]} and ${kinds[1]} exclude each other: give one of them`;
    errors.push({ field: kinds[1]!, code: 'contradiction', message });
  }
  if (snapshot && Object.keys(selection).length > 1) {
    const message = 'a snapshot tells everything that the destination may see: give snapshot alone';
    errors.push({ field: 'snapshot', code: 'contradiction', message });
  }
  if (from_time && to_time && new Date(from_time) >= new Date(to_time)) {
    errors.push({ field: 'to_time', code: 'invalid_range', message: 'to_time must be later than from_time' });
  }
  return [...errors, ...unknownNames(selection)];
}

function unknownNames({ event_types = [], subject_ids = [] }: ReplaySelection): FieldError[] {
  const types = event_types
    .filter((name) => !isPublished(name) && !isEventPattern(name))
    .map((name) => ({
      field: 'event_types',
      code: 'unknown_event_type',
      message: `'${name}' is not an event type`,
    }));
  const subjects = subject_ids
    .filter((id) => !SUBJECT_ID.test(id))
    .map((id) => ({
      field: 'subject_ids',
      code: 'unknown_name',
      message: `'${id}' is not the id of a person or group, such as directory_user_01…`,
    }));
  return [...types, ...subjects];
}
