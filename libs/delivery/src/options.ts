/** In which manner a destination is served. What is left out has the default; what the numbers may be is said here only. */
import 'reflect-metadata';
import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { ORDERINGS, type Ordering } from './order.js';

const DAY_IN_SECONDS = 86_400;
/** The longest that an event may be tried for, and a destination may fail for: a month. */
const HOURS_AT_MOST = 720;

export class RetryOptions {
  /** The waits after the first, second, … failed attempt. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(64)
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(DAY_IN_SECONDS, { each: true })
  delays_seconds?: number[];

  /** The wait after each further one. */
  @IsOptional()
  @IsInt()
  @Min(60)
  @Max(DAY_IN_SECONDS)
  then_every_seconds?: number;
}

export const FAILURE_POLICIES = ['park', 'block'] as const;

export class FailureOptions {
  /** `park`: skip an event that will not go through, tell of it, go on. `block`: never; what shares its order waits. */
  @IsOptional()
  @IsIn(FAILURE_POLICIES)
  policy?: (typeof FAILURE_POLICIES)[number];

  /** `park` after so many attempts, or after so long since the first one, whichever comes first. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  after_attempts?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HOURS_AT_MOST)
  after_hours?: number;
}

export class DeliveryOptions {
  @IsOptional()
  @IsIn(ORDERINGS)
  ordering?: Ordering;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RetryOptions)
  retry?: RetryOptions;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => FailureOptions)
  on_failure?: FailureOptions;

  /** Disabled after failing for so long. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(HOURS_AT_MOST)
  disable_after_hours?: number;

  /** Requests under way at the same time. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  max_in_flight?: number;

  /** Requests a second. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  max_per_second?: number;

  /** Requests a second while it catches up with what it missed or asked for again. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  catch_up_per_second?: number;

  /** Events in one request; more than one only where the protocol has a form for it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  batch_size?: number;
}

/** The options with every default filled in. */
export interface Manner {
  ordering: Ordering;
  retry: RetryOptions;
  onFailure: FailureOptions;
  disableAfterHours: number;
  maxInFlight: number;
  maxPerSecond: number | null;
  catchUpPerSecond: number;
  batchSize: number;
}

export const DEFAULT_MANNER: Manner = {
  ordering: 'subject',
  retry: {},
  onFailure: {},
  disableAfterHours: 120,
  maxInFlight: 8,
  maxPerSecond: null,
  catchUpPerSecond: 200,
  batchSize: 1,
};

/** @param stored options that were valid when they were stored. */
export function mannerOf(stored: Record<string, unknown>): Manner {
  const options = plainToInstance(DeliveryOptions, stored);
  return {
    ordering: options.ordering ?? DEFAULT_MANNER.ordering,
    retry: options.retry ?? DEFAULT_MANNER.retry,
    onFailure: options.on_failure ?? DEFAULT_MANNER.onFailure,
    disableAfterHours: options.disable_after_hours ?? DEFAULT_MANNER.disableAfterHours,
    maxInFlight: options.max_in_flight ?? DEFAULT_MANNER.maxInFlight,
    maxPerSecond: options.max_per_second ?? DEFAULT_MANNER.maxPerSecond,
    catchUpPerSecond: options.catch_up_per_second ?? DEFAULT_MANNER.catchUpPerSecond,
    batchSize: options.batch_size ?? DEFAULT_MANNER.batchSize,
  };
}
