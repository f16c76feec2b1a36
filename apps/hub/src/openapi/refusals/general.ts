/** Codes that many routes answer with. Pure. */
import { row, type Refusals } from './refusal.js';

const SAME_AGAIN = 'Send the same request again after `Retry-After`.';

export const GENERAL: Refusals = {
  unauthorized: row(
    401,
    'There is no API key or token in the request, or it is unknown, expired or revoked.',
    'Send `Authorization: Bearer …` with a key that is valid today.',
  ),
  permission_missing: row(
    403,
    'The API key is valid and lacks the permission that the message names.',
    "Use the operator's key, or a key that was made with the permission.",
  ),
  entity_not_found: row(
    404,
    'There is nothing with this id, or it was deleted, or it belongs to something else than the path says.',
    'Look the id up in a list. Ids are case-sensitive.',
  ),
  route_not_found: row(404, 'There is nothing at this path.', 'Compare the path with the API reference.'),
  method_not_allowed: row(
    405,
    'The path exists, this method does not.',
    'Use one that the header `Allow` names.',
  ),
  invalid_json: row(400, 'The body is not JSON.', 'Send one JSON object.'),
  bad_request: row(
    [400, 406, 417, 426],
    'The request cannot be read as HTTP says it, for example for a NUL in the path.',
    'Read the message; the same request will be refused again.',
  ),
  malformed_request: row(
    400,
    'What came in is not HTTP, so nobody knows which API was meant.',
    'Look at the first line and the headers.',
  ),
  headers_too_large: row(
    431,
    'The URL and the headers together are too large.',
    'Send a shorter filter, or fewer headers.',
  ),
  request_timeout: row(408, 'The request did not arrive in time.', 'Send it again.'),
  body_too_large: row(
    413,
    'The body is larger than the hub takes.',
    'Send less at once, or raise `ROLLCALL_SCIM_BODY_LIMIT_BYTES`.',
  ),
  path_too_long: row(414, 'The path is longer than any id makes it.', 'Look at what was put into the path.'),
  unsupported_media_type: row(
    415,
    'The body is of another type than the route reads.',
    'Send `Content-Type: application/json`; where lines are compared, `application/x-ndjson`.',
  ),
  invalid_request_parameters: row(
    422,
    'A field of the body or of the query is missing, unknown or not what it may be. Nothing was changed.',
    '`errors` names each field with a code of its own, listed below.',
  ),
  reserved_name: row(
    422,
    'A member of the body is named `__proto__`, `constructor` or `prototype`, which no member here can be. Nothing was changed.',
    'Choose another name.',
  ),
  invalid_cursor: row(
    400,
    '`before`, `after` or `as_of` is not an id that a list or an event has.',
    'Leave it out, or send an id from an earlier answer.',
  ),
  search_too_broad: row(
    400,
    'The search would read too much and was ended.',
    'Narrow it as the message says: a shorter time, one directory, one person.',
  ),
  limit_reached: row(
    409,
    'There are as many of these as there may be.',
    'Delete one that is not used any more.',
  ),
  idempotency_error: row(
    422,
    'The `Idempotency-Key` was used for another request.',
    'Send each request with a key of its own.',
  ),
  idempotency_in_progress: row(
    409,
    'The first request with this `Idempotency-Key` is still being answered.',
    'Ask again after `Retry-After`.',
  ),
  idempotency_outcome_unknown: row(
    409,
    'Nobody knows whether the first request with this `Idempotency-Key` was done: its answer was never kept.',
    'Look whether what was wanted is there. If it is not, send the request with a new key.',
  ),
  not_written: row(
    503,
    'The change could not be confirmed.',
    'Send the same request again: nothing is done twice.',
  ),
  database_unavailable: row(503, 'The database cannot be reached.', SAME_AGAIN),
  internal_error: row(
    500,
    'Something is wrong on our side.',
    "Give the operator the answer's `X-Request-ID`: the log has the cause under it.",
  ),
};
