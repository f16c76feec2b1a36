// Limits on what one request may bring. Each is refused with a 400 that names it, before any work that grows with the request.

/** Filters seen from identity providers stay under 200 characters; a URL rarely survives 8 kB on its way. */
export const MAX_FILTER_CHARACTERS = 10_000;

/** Nested parentheses and brackets in a filter; the parser recurses once per level. */
export const MAX_FILTER_DEPTH = 30;

/** Comparisons in a filter; each becomes a condition of a database query. */
export const MAX_FILTER_EXPRESSIONS = 200;

/** Operations of one PATCH; the largest batch reported by an identity provider holds 256 members in one operation. */
export const MAX_OPERATIONS = 1_000;

/**
 * Comparisons that one PATCH asks for with every value of a list: the expressions of its filters and the values to remove. With the limit on
 * values this bounds the work of a request to a million comparisons, about a second.
 */
export const MAX_COMPARISONS = 1_000;

/** Members named in one request, over all its operations. A larger group is sent in several PATCHes. */
export const MAX_MEMBERS = 10_000;

/** Values of one multi-valued attribute. */
export const MAX_VALUES = 1_000;

/** One string. A photo given as a data URI is the largest thing seen. */
export const MAX_STRING_CHARACTERS = 65_536;

/** What resources are looked up by: an index of PostgreSQL holds about 2,700 bytes, and a character takes up to three of them. */
export const MAX_KEY_CHARACTERS = 512;

/** Attributes of one declared schema, and sub-attributes of one attribute. */
export const MAX_DECLARED_ATTRIBUTES = 200;

/** Schemas that one directory may declare; each is read with every request. */
export const MAX_DECLARED_SCHEMAS = 20;

/** Ignored names that are reported back for the log; the rest are dropped in silence. */
export const MAX_IGNORED_NAMES = 100;

/** Operations of one bulk: RFC 7644 §3.7.4, `maxOperations`. As many as the RFC's own example allows. */
export const MAX_BULK_OPERATIONS = 1_000;
