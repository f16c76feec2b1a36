// For dialects that end a PATCH path as a filter may end.

const COMPARISON_BEHIND_PATH = /^([^[\]]+)\[(.+)\]\.([\w$]+)\s+([a-z]{2}\s+\S.*|pr)$/is;

/**
 * `emails[type eq "work"].value sw "a"` as `emails[(type eq "work") and value sw "a"]`, which chooses the same values by the grammar of
 * paths. Undefined for every other path, wrong ones included; whether the filter is one is for the parser to say.
 */
export function withComparisonInside(path: string): string | undefined {
  const [, attribute, filter, subAttribute, comparison] = COMPARISON_BEHIND_PATH.exec(path.trim()) ?? [];
  if (attribute === undefined) return undefined;
  return `${attribute}[(${filter}) and ${subAttribute} ${comparison}]`;
}
