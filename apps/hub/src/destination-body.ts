/** What bodies about destinations of every protocol have in common, and how the answers show it. */
import { Type } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';
import { DeliveryOptions, DestinationFilter, mannerOf } from '@app/delivery';
import type { Destination } from '@app/tenancy';
import { IsStartFrom, type StartFrom } from './start-from.js';

export class DestinationBody {
  /** What is given replaces, `null` brings the default back, what is left out stays. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeliveryOptions)
  delivery?: DeliveryOptions;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DestinationFilter)
  filter?: DestinationFilter;
}

export class StartingDestinationBody extends DestinationBody {
  /** Where it begins in the log; `now` without it. */
  @IsOptional()
  @IsStartFrom()
  start_from?: StartFrom;
}

/** @returns the options stored afterwards. */
export function merged(stored: object, change: object): Record<string, unknown> {
  const all = Object.entries({ ...stored, ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined));
}

/** The members that every destination's answer has, defaults filled in. */
export function shownManner({ filter, delivery }: Destination): object {
  const manner = mannerOf(delivery);
  return {
    filter: {
      organization_ids: filter['organization_ids'] ?? ['*'],
      directory_ids: filter['directory_ids'] ?? ['*'],
      group_ids: filter['group_ids'] ?? ['*'],
    },
    delivery: {
      ordering: manner.ordering,
      retry: manner.retry,
      on_failure: manner.onFailure,
      disable_after_hours: manner.disableAfterHours,
      max_in_flight: manner.maxInFlight,
      max_per_second: manner.maxPerSecond,
      catch_up_per_second: manner.catchUpPerSecond,
      batch_size: manner.batchSize,
    },
  };
}
