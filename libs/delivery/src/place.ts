/** The right to work for a destination; a worker has so many to give. */
export interface Place {
  /** How long the slice may take from its beginning, as things are now. */
  readonly sliceInMilliseconds: number;
  /** Somebody waits for it. */
  readonly wanted: boolean;
  /** While somebody waits, the endpoint may be silent for so long; longer while nobody does. */
  readonly quietInMilliseconds: number;
  /** For so long nothing should be started: something more urgent is on its way. 0: go on. At most a few milliseconds. */
  readonly holdInMilliseconds: number;
  /** Gives it back early: nothing is left to do but to hear of what is in flight. @returns false when it must be kept. */
  leave(): boolean;
}

/** Where nobody waits for anybody. */
export function placeOfItsOwn(sliceInMilliseconds: number): Place {
  const nobody = { wanted: false, quietInMilliseconds: Infinity, holdInMilliseconds: 0 };
  return { sliceInMilliseconds, ...nobody, leave: () => false };
}
