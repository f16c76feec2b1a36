/** The past, and proofs that nothing is missing. Pure. */
import { words, type Chapter } from './words.js';

const AS_OF =
  'How it was at `as_of`: a time, or the id of an event, which counts. Directories that were deleted have a past too.';
const READING = ['invalid_cursor', 'history_not_ready'];
const LONG = ['outside_scope', 'took_too_long', 'too_many_at_once'];
const BODY = [
  'invalid_content_encoding',
  'unsupported_content_encoding',
  'body_too_large',
  'unsupported_media_type',
  'invalid_json',
  'invalid_request_parameters',
];

export const HISTORY: Chapter = {
  tag: 'History',
  routes: {
    'GET /directories/{directory}/history/users': words(
      'listUsersAsOf',
      'List the people of then',
      `${AS_OF} With \`format=csv\` all of them in one file.`,
      ...READING,
    ),
    'GET /directories/{directory}/history/users/{id}': words(
      'getUserAsOf',
      'Get a person as they were',
      AS_OF,
      ...READING,
    ),
    'GET /directories/{directory}/history/users/{id}/groups': words(
      'listGroupsOfUserAsOf',
      'List the groups that a person was in',
      `${AS_OF} Directly: groups around those are found by their own history.`,
      ...READING,
    ),
    'GET /directories/{directory}/history/groups': words(
      'listGroupsAsOf',
      'List the groups of then',
      AS_OF,
      ...READING,
    ),
    'GET /directories/{directory}/history/groups/{id}': words(
      'getGroupAsOf',
      'Get a group as it was',
      AS_OF,
      ...READING,
    ),
    'GET /directories/{directory}/history/groups/{id}/members': words(
      'listMembersAsOf',
      'List the people who were in a group',
      `${AS_OF} With \`format=csv\` all of them in one file.`,
      ...READING,
    ),
    'GET /directories/{directory}/history/memberships': words(
      'listMembershipsAsOf',
      'List who was in which group',
      `${AS_OF} With \`format=csv\` all of them in one file.`,
      ...READING,
    ),
    'GET /directories/{directory}/access_history': words(
      'listAccessHistory',
      'Who had access to what, when, and who said so',
      'Intervals of membership of a person, a group, or both, each with the requests that began and ended it, the groups around the group, and when the person was inactive meanwhile. With `format=csv` all of them in one file. Needs `user` or `group`.',
      ...READING,
      'search_too_broad',
    ),
    'GET /directory_users/{id}/timeline': words(
      'getUserTimeline',
      'What happened to a person',
      'Every event about them, newest first: what changed, which request said so, and what became of it at each destination. People who were deleted have one too.',
      'invalid_cursor',
    ),
    'GET /directory_groups/{id}/timeline': words(
      'getGroupTimeline',
      'What happened to a group',
      'Every event about it, newest first, its memberships included. Groups that were deleted have one too.',
      'invalid_cursor',
    ),
  },
};

export const COMPLETENESS: Chapter = {
  tag: 'Completeness',
  routes: {
    'GET /directories/{id}/snapshot': words(
      'getDirectorySnapshot',
      'Read a directory as a whole',
      'People, groups and memberships as they are at exactly one place in the log, one JSON value a line. The first line has `position_cursor`: go on with the events after it, and nothing is missed or told twice. The last line is `snapshot_end`, with counts and digests; an answer without it was cut.',
      ...LONG,
    ),
    'GET /organizations/{id}/snapshot': words(
      'getOrganizationSnapshot',
      'Read all directories of an organization as a whole',
      'As the snapshot of a directory, with all of them in one answer and one cursor. An answer without its last line, `snapshot_end`, was cut.',
      ...LONG,
    ),
    'GET /directories/{id}/digest': words(
      'getDirectoryDigest',
      'Get the digest of a directory',
      'Counts and 64-bit sums over people, groups and memberships. Compute the same over what you hold, and you know whether you hold the same. The sums do not depend on the order.',
      ...LONG,
    ),
    'GET /organizations/{id}/digest': words(
      'getOrganizationDigest',
      'Get the digest of an organization',
      'As the digest of a directory, over all of them. `sequences` says up to which event of each.',
      ...LONG,
    ),
    'POST /directories/{id}/compare': words(
      'compareDirectory',
      'Compare what you hold with a directory',
      'Send what you hold as one JSON value a line (`object`, `id`, `updated_at`, sorted or not), also with `Content-Encoding: gzip`. The answer names what is missing, stale or extra, one a line, and ends with `comparison_end`. Changes nothing.',
      ...LONG,
      ...BODY,
    ),
    'POST /organizations/{id}/compare': words(
      'compareOrganization',
      'Compare what you hold with an organization',
      'As the comparison with a directory, over all of them. Changes nothing.',
      ...LONG,
      ...BODY,
    ),
    'POST /directories/{id}/reannounce': words(
      'reannounceDirectory',
      'Have a destination told again how a directory is',
      'Of everything, of some kinds, or of single people and groups, as events with `context.snapshot`. Runs as a replay of the destination, which the answer describes. Changes nothing in the directory, and emits nothing for anybody else.',
      'replay_running',
    ),
  },
};
