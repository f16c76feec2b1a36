/** Codes about organizations, directories and the feed of events. Pure. */
import { row, type Refusals } from './refusal.js';

export const ORGANIZATIONS: Refusals = {
  external_id_already_used: row(
    400,
    'Another organization has this `external_id`.',
    'Choose another one, or change the organization that has it.',
  ),
  stripe_customer_id_already_used: row(
    400,
    'Another organization has this `stripe_customer_id`.',
    'Choose another one, or change the organization that has it.',
  ),
  invalid_metadata: row(
    400,
    'The metadata has too many keys, or a key or value that is too long or no text.',
    'The message says which rule it breaks.',
  ),
  domain_already_exists: row(409, 'Another organization has this domain.', 'Delete it there first.'),
  domain_already_verified: row(
    400,
    'The domain is verified; there is nothing to verify.',
    'Nothing needs to be done.',
  ),
  it_contact_already_exists: row(409, 'The organization has a contact with this address.', 'Use that one.'),
  last_api_key: row(
    409,
    'It is the last API key, without which nobody could make another.',
    'Make another key first.',
  ),
  organization_in_use: row(
    409,
    'The organization was given a directory while it was being deleted.',
    'Send the same request again.',
  ),
  unknown_organization: row(
    422,
    'There is no organization with the id in the body.',
    'Create it first, or correct the id.',
  ),
  too_many_schema_extensions: row(
    422,
    'The directory has as many schemas as it may declare.',
    'Delete one first.',
  ),
};

export const FEED: Refusals = {
  invalid_events_request: row(
    400,
    '`events` names a type that neither Rollcall nor WorkOS has.',
    'Correct the name in the message.',
  ),
  cursor_expired: row(
    400,
    'The cursor is older than events are shown for.',
    '`restart` says where to begin again; or take a snapshot first.',
  ),
  cursor_unknown: row(
    400,
    'The cursor is of a log that went another way: this one was restored from a backup.',
    '`restart` says where to begin again; or take a snapshot first.',
  ),
  outside_scope: row(
    403,
    'The feed token may not read what was asked for.',
    'Ask for less, or use a token whose scope has it.',
  ),
  consumer_exists: row(409, 'There is a consumer of this name.', 'Use it, or delete it first.'),
  consumer_leased: row(409, 'Another reader has the page in hand.', 'Come again after `Retry-After`.'),
  lease_lost: row(
    409,
    'The lease is over and the page may be in other hands. Nothing was acknowledged.',
    'Read again.',
  ),
  too_many_streams: row(
    [429, 409],
    'This key has as many event streams open as it may; with 409: the receiver has as many streams as it may.',
    'End one. Readers of the feed may use a feed token each.',
  ),
  streams_full: row(
    503,
    'The hub has as many event streams open as it may.',
    'Come again after `Retry-After`, or poll with `wait`.',
  ),
  too_many_at_once: row(
    503,
    'Too many snapshots, digests or comparisons are being made.',
    'Come again after `Retry-After`.',
  ),
  took_too_long: row(
    503,
    'The answer took longer than the hub allows and was given up.',
    'Come again when there is less load, or ask for one directory at a time.',
  ),
  invalid_content_encoding: row(
    400,
    'The body is not what gzip makes, or ends too early.',
    'Send it again, whole.',
  ),
  unsupported_content_encoding: row(
    415,
    'The body is encoded in a way that the hub does not read.',
    'Send it as it is, or with `Content-Encoding: gzip`.',
  ),
  history_not_ready: row(
    503,
    'The history of this directory is still being prepared.',
    'Come again after `Retry-After`.',
  ),
};
