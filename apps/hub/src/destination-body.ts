/** What bodies about destinations of every protocol have in common, and how the answers show it. */
import { Type } from 'class-transformer';
import { IsObject, IsOptional, ValidateNested } from 'class-validator';
import { DeliveryOptions, DestinationFilter, mannerOf } from '@app/delivery';
import type { Destination } from '@app/tenancy';

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

  /** With what its requests are made; merged as RFC 7396 says, checked in its own words. */
  @IsOptional()
  @IsObject()
  request?: object | null;
}

/** @returns the options stored afterwards. */
export function merged(stored: object, change: object): Record<string, unknown> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const all = Object.entries({ ...stored, ...Object.fromEntries(given) });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
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
