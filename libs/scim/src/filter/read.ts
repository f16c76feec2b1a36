// The filter of a query as the dialect that asks means it.
import { Notes } from '../body/notes.js';
import { quirksOf, type Dialect } from '../dialects/index.js';
import type { Described } from '../schema/lookup.js';
import type { Filter } from './filter.js';
import { parseFilter } from './parse.js';
import { alsoDecoded } from './percent-decoded.js';

export interface ReadFilter {
  filter: Filter;
  /** Always empty: a filter that names what the schemas do not know is refused. */
  ignored: string[];
  /** The names of the dialect's quirks that took effect. */
  quirks: string[];
}

/** @throws ScimError 400 invalidFilter, as `parseFilter` does. */
export function readFilter(text: string, type: Described, dialect: Dialect): ReadFilter {
  const notes = new Notes();
  const written = parseFilter(text, type);
  const filter = quirksOf(dialect).findsPercentEncodedValues ? alsoDecoded(written) : written;
  if (filter !== written) notes.quirk('findsPercentEncodedValues');
  return { filter, ignored: notes.ignored, quirks: notes.quirks };
}
