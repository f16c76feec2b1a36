/** The words that SCIM and OAuth have for errors. Pure. */
import { row, type Refusals } from './refusal.js';

/** `scimType` of RFC 7644 §3.12 and RFC 9865; answers with other statuses have none. */
export const SCIM_TYPES: Refusals = {
  invalidFilter: row(
    400,
    'The filter cannot be read, or compares what cannot be compared.',
    'The detail says at which character.',
  ),
  tooMany: row(
    [400, 413],
    'The request asks for more than the service does at once.',
    'Send less at once; the detail has the limit.',
  ),
  uniqueness: row(
    409,
    "Another resource of the directory has this `userName`, or a group's `externalId`.",
    'Update that one, or choose another value.',
  ),
  mutability: row(
    400,
    'The attribute cannot be changed so: it is read-only, or immutable and has a value.',
    'Leave it out.',
  ),
  invalidSyntax: row(
    400,
    'The body is not JSON, or not a message that SCIM knows.',
    'Compare it with RFC 7644 §3.',
  ),
  invalidPath: row(
    400,
    'The path of a PATCH names no attribute, or cannot be read.',
    'Compare it with `/Schemas`.',
  ),
  noTarget: row(
    400,
    "The filter in a PATCH's path finds no value.",
    'Read the resource, then say what is wanted.',
  ),
  invalidValue: row(
    400,
    'A value is missing, or is not what its attribute may have.',
    'The detail names the attribute.',
  ),
  invalidVers: row(400, 'The version of SCIM is not spoken here.', 'Use `/scim/v2` or `/scim/v1`.'),
  sensitive: row(403, 'The query would put a sensitive value into a URL.', 'Use `POST …/.search`.'),
  invalidCursor: row(400, 'The cursor of a page is unknown.', 'Begin again without one.'),
  expiredCursor: row(400, 'The cursor of a page is too old.', 'Begin again without one.'),
  invalidCount: row(400, '`count` is not what it may be with a cursor.', 'Ask for fewer.'),
};

/** `error` of RFC 6749 §5.2, and of §4.1.2.1 for what is not the client's mistake. */
export const OAUTH_CODES: Refusals = {
  invalid_request: row(
    [400, 404, 405, 413],
    'A parameter is missing, sent twice, or not in a form.',
    'Send the parameters as `application/x-www-form-urlencoded`, by POST.',
  ),
  invalid_client: row(
    401,
    'The client is unknown, or what it sent to prove who it is does not fit.',
    'Check the secret, or sign a new assertion for each request.',
  ),
  unsupported_grant_type: row(400, 'The grant is not there.', 'Send `grant_type=client_credentials`.'),
  invalid_scope: row(
    400,
    'The scope is not there for this client.',
    'Leave it out, or ask for one that the description names.',
  ),
  temporarily_unavailable: row(
    [429, 503],
    'Too many requests, or the database cannot be reached.',
    'Wait for `Retry-After`; use each access token until it expires.',
  ),
  server_error: row(500, 'Something is wrong on our side.', "Give the operator the answer's `X-Request-ID`."),
};
