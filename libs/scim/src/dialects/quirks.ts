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

  /**
   * An operation whose path names an attribute that the schemas do not know is skipped and noted, as such a name in a value is, and the rest
   * of the request is done. The RFC asks for 400 invalidPath (RFC 7644 §3.12), which would lose a deactivation that comes in the same request
   * because of an attribute that somebody once mapped.
   */
  ignoresUnknownAttributes: boolean;

  /**
   * A PATCH path may end in a comparison, as filters of queries may: `emails[type eq "work"].value sw "a"` is read as
   * `emails[type eq "work" and value sw "a"]`. The grammar of paths (RFC 7644 §3.5.2, figure 7) ends with the sub-attribute.
   */
  readsComparisonBehindPath: boolean;

  /**
   * An `eq` in the filter of a query also finds what its value says when it is percent-decoded once more. Nothing else is widened: `eq` finds
   * the text as it is written, and that one other text.
   */
  findsPercentEncodedValues: boolean;
}
