/** Codes about destinations, keys and the Shared Signals Framework. Pure. */
import { row, type Refusals } from './refusal.js';

export const DELIVERY: Refusals = {
  unknown_protocol: row(422, 'There is no protocol of this name.', 'The message names those that there are.'),
  invalid_url: row(
    422,
    'The URL of the endpoint cannot be called; `errors` says why.',
    'Give an `https://` URL on the public internet, without user name or fragment.',
  ),
  too_many_destinations: row(
    [422, 409],
    'The organization has as many destinations as it may.',
    'Delete one first.',
  ),
  duplicate_endpoint: row(
    409,
    'Another destination of the organization posts the same to this URL.',
    'Change that one, or delete it first.',
  ),
  changed_meanwhile: row(
    409,
    'Somebody else changed it at this moment. Nothing was done.',
    'Send the same request again.',
  ),
  last_secret: row(409, 'It is the last secret, without which nothing could be signed.', 'Rotate instead.'),
  rotation_under_way: row(
    409,
    'A new key was made and does not sign yet.',
    'Rotate after the time in the message, or withdraw that key first.',
  ),
  not_testable: row(
    422,
    'The protocol ends sessions: a test would end them.',
    'Test with a person who may be signed out.',
  ),
  test_waiting: row(409, 'A test of this destination has not been sent yet.', 'Look at that one.'),
  replay_running: row(409, 'A replay of this destination is running.', 'Wait for it, or stop it.'),
  replay_done: row(409, 'The replay is done and cannot be stopped or resumed.', 'Begin a new one.'),
  snapshot_stopped: row(
    409,
    'A snapshot that was stopped cannot be resumed: things have changed since.',
    'Begin a new one.',
  ),
  waits_behind_another: row(
    409,
    'The delivery waits behind an earlier one about the same person or group.',
    'Decide about that one.',
  ),
  not_outstanding: row(409, 'The delivery is done with already.', 'Nothing needs to be done.'),
  last_signing_key: row(409, 'It is the only key that signs.', 'Rotate first, then withdraw it.'),
};

export const SHARED_SIGNALS: Refusals = {
  invalid_request: row(
    400,
    'The body or the query is not as the Shared Signals Framework or RFC 6749 says.',
    'The message says what it must be.',
  ),
  invalid_token: row(
    401,
    'The access token is unknown or expired, or its receiver was deleted.',
    'Ask for a new one at `/oauth/token`.',
  ),
  insufficient_scope: row(
    403,
    'The access token lacks the scope that the message names.',
    'Ask for one that has it.',
  ),
  stream_not_found: row(404, 'There is no such stream, or it is of another receiver.', 'List the streams.'),
  issuer_not_found: row(404, 'No issuer has this path.', 'Use the issuer that the message names.'),
  too_many_requests: row(429, 'The receiver asks more often than it may.', 'Wait for `Retry-After`.'),
  too_many_verifications: row(
    429,
    'A verification was asked for too soon after the last one.',
    'Wait for `Retry-After`.',
  ),
  too_many_subjects: row(
    409,
    'The stream has as many removed people as it may.',
    'Restrict it to groups instead.',
  ),
};
