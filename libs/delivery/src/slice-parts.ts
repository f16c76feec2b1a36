/** What a slice of work is given. */
import type { Destination } from '@app/tenancy';
import type { Sender } from './attempt.js';
import type { LeaseKeeper } from './lease-keeper.js';
import type { Standing } from './lease.js';
import type { Pace } from './pace.js';
import type { Place } from './place.js';
import type { Source } from './source.js';

export interface SliceParts {
  destination: Destination;
  sender: Sender;
  /** Its health is as the slice before this one has left it. */
  standing: Standing;
  source: Source;
  /** Of the destination, over all its slices. */
  pace: Pace;
  keeper: LeaseKeeper;
  place: Place;
  /** The part of the place's time that is this slice's. */
  share: number;
  /** It is the last of its lease, which it gives back with its last settlement, if there is anything to settle. */
  releases: boolean;
}
