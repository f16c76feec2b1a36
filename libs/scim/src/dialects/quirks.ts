/** What an identity provider is known to say differently from the RFC, as plain answers. Tolerance that harms nobody is in the parser instead. */
export interface Quirks {
  /** The directory types that speak this dialect. */
  directoryTypes: readonly string[];

  /**
   * A `replace` on `phoneNumbers[type eq "work"].value` creates the value when nothing matches, from what the filter says. The RFC asks
   * for 400 noTarget (RFC 7644 §3.5.2.3), which would lose the other operations of the request too.
   */
  createsTargetOfFilteredReplace: boolean;

  /** A `replace` of a read-only attribute by null is skipped, and the rest of the request is done. */
  ignoresReadOnlyReset: boolean;
}
