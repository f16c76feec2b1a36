/** What is peculiar to the URLs of SCIM 1.1. */

const BELOW_ROOT = /^\/scim\/v1(?:[/?*]|$)/;
const JSON_SUFFIX = /^(\/scim\/v1\/[^?]*)\.json(?=\?|$)/i;

/** Whether a URL, or the route that it has taken, is below the root of SCIM 1.1, which has its own media type and form of errors. */
export function isScimV1(url: string): boolean {
  return BELOW_ROOT.test(url);
}

/** The URL without the `.json` by which callers may ask for JSON: draft-scim-api-01 §3.6. */
export function withoutJsonSuffix(url: string): string {
  return isScimV1(url) ? url.replace(JSON_SUFFIX, '$1') : url;
}
