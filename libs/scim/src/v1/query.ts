// The query parameters of draft-scim-api-01 §3.2.2 and §3.7. Its filters are a part of 2.0's grammar, written with other names.
import { MAX_FILTER_CHARACTERS } from '../limits.js';
import { nameFromV1 } from './names.js';

/** The parameters whose texts hold names of attributes. */
type Query = { [name: string]: string };

const NAME_OR_TEXT = /"(?:[^"\\]|\\[^])*"|[A-Za-z$][\w$:.-]*/g;

/** A query in the words of 2.0; what names no attributes is left as it is. */
export function queryFromV1(query: Query): Query {
  const { filter, attributes, excludedAttributes, sortBy } = query;
  return {
    ...query,
    ...(filter === undefined ? {} : { filter: filterFromV1(filter) }),
    ...(attributes === undefined ? {} : { attributes: namesFromV1(attributes) }),
    ...(excludedAttributes === undefined ? {} : { excludedAttributes: namesFromV1(excludedAttributes) }),
    ...(sortBy === undefined ? {} : { sortBy: nameFromV1(sortBy.trim()) }),
  };
}

function namesFromV1(list: string): string {
  return list
    .split(',')
    .map((name) => nameFromV1(name.trim()))
    .join(',');
}

function filterFromV1(filter: string): string {
  // Left for the parser to refuse: looking for words in it could cost the square of its length.
  if (filter.length > MAX_FILTER_CHARACTERS) return filter;
  // A shorter name is filled up with spaces, so that a mistake is found at the position where the caller made it.
  return decodedAgain(filter).replace(NAME_OR_TEXT, (word) => nameFromV1(word).padEnd(word.length));
}

/** Old clients encode a filter that is encoded already: it arrives without any space, and with `%20` or `%22` in it. */
function decodedAgain(filter: string): string {
  if (/\s/.test(filter.trim()) || !/%2[02]/.test(filter)) return filter;
  try {
    return decodeURIComponent(filter.replaceAll('+', ' '));
  } catch {
    return filter;
  }
}
