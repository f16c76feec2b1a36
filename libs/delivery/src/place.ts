/** The right to work for a destination; a worker has so many to give. */
export interface Place {
  /** How long the slice may take from its beginning, as things are now. */
  readonly sliceInMilliseconds: number;
  /** Somebody waits for it. */
  readonly wanted: boolean;
  /** While somebody waits, the endpoint may be silent for so long; longer while nobody does. */
  readonly quietInMilliseconds: number;
  /** Gives it back early: nothing is left to do but to hear of what is in flight. @returns false when it must be kept. */
  leave(): boolean;
}

/** Where nobody waits for anybody. */
export function placeOfItsOwn(sliceInMilliseconds: number): Place {
  return { sliceInMilliseconds, wanted: false, quietInMilliseconds: Infinity, leave: () => false };
}
