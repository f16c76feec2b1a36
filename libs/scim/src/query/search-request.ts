// A query as a body: RFC 7644 §3.4.3, with the cursor of RFC 9865 §3.
import { Notes } from '../body/notes.js';
import { quote, ScimError } from '../errors.js';
import { isObject } from '../json.js';

export const SEARCH_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

type Kind = 'text' | 'names' | 'number';

const MEMBERS: { readonly [name: string]: Kind } = {
  attributes: 'names',
  excludedAttributes: 'names',
  filter: 'text',
  sortBy: 'text',
  sortOrder: 'text',
  startIndex: 'number',
  count: 'number',
  cursor: 'text',
};
const NAMES = new Map(Object.keys(MEMBERS).map((name) => [name.toLowerCase(), name]));

export interface SearchRequest {
  /** The same as the parameters of a query by GET, as texts. */
  query: { [name: string]: string };
  /** Members that a search has not, and that were passed over. */
  ignored: string[];
}

/**
 * Reads the body of a POST to `.search`. Names of members in any case; null is absent.
 * @throws ScimError 400 invalidSyntax for what is no search, 400 invalidValue for a member of the wrong type.
 */
export function parseSearchRequest(body: unknown): SearchRequest {
  if (!isObject(body))
    throw new ScimError(400, 'The body of a search must be a JSON object.', 'invalidSyntax');
  const notes = new Notes();
  const query: SearchRequest['query'] = {};
  for (const [written, value] of Object.entries(body)) {
    if (written.toLowerCase() === 'schemas') {
      refuseOtherSchemas(value);
      continue;
    }
    const name = NAMES.get(written.toLowerCase());
    if (name === undefined) notes.ignore(written);
    else if (value !== null) query[name] = textOf(name, value);
  }
  return { query, ignored: notes.ignored };
}

/** Absent and empty lists are forgiven; a body that says it is something else was meant for another endpoint. */
function refuseOtherSchemas(value: unknown): void {
  const urns = Array.isArray(value) ? value : [value];
  const wanted = SEARCH_REQUEST_URN.toLowerCase();
  if (value === null || urns.length === 0) return;
  if (urns.some((urn) => typeof urn === 'string' && urn.trim().toLowerCase() === wanted)) return;
  throw new ScimError(400, `The schemas of a search must hold ${SEARCH_REQUEST_URN}.`, 'invalidSyntax');
}

function textOf(name: string, value: unknown): string {
  switch (MEMBERS[name]) {
    case 'number':
      // Some clients write numbers as text; whether it is a whole one is read where pages are.
      if (typeof value === 'number' || typeof value === 'string') return String(value);
      throw mustBe(name, 'a whole number', value);
    case 'names': {
      const names: unknown[] = Array.isArray(value) ? value : [value];
      if (names.every((each) => typeof each === 'string')) return names.join(',');
      throw mustBe(name, 'a list of names of attributes', value);
    }
    default:
      if (typeof value === 'string') return value;
      throw mustBe(name, 'a string', value);
  }
}

function mustBe(name: string, what: string, value: unknown): ScimError {
  const seen = Array.isArray(value) ? 'a list' : isObject(value) ? 'an object' : quote(String(value));
  return new ScimError(400, `${name} must be ${what}, not ${seen}.`, 'invalidValue');
}
