/** The past, and proofs that nothing is missing. Pure. */
import {
  anything,
  count,
  described,
  flag,
  kind,
  listOf,
  mapOf,
  maybe,
  object,
  oneOf,
  ref,
  text,
  time,
  type Schema,
} from '../shapes.js';
import { group, user, userMarks } from './people.js';

const asOf = {
  as_of: described(
    'The last event that counted, and when it happened.',
    object({ position: maybe(text), occurred_at: time }),
  ),
};
const cursors = object({ before: maybe(text), after: maybe(text) });
const pageThen = (items: Schema): Schema =>
  kind('list', { data: listOf(items), list_metadata: cursors, ...asOf });

const saidBy = ref('Cause');
const named = object({
  type: oneOf('user', 'group'),
  id: text,
  name: described('As SCIM has it.', anything),
});
const bound = {
  at: time,
  event_id: text,
  cause: text,
  because: described('Of an end: `removed`, or with whom it ended.', maybe(text)),
  said_by: saidBy,
};
const span = { from: time, to: maybe(time) };

const sum = object({ count, digest: text });
const sums = { users: sum, groups: sum, memberships: sum, digest: described('Of all three together.', text) };
const standing = { organization_id: text, position_cursor: maybe(text), created_at: time };

export const HISTORY: Readonly<Record<string, Schema>> = {
  UsersThen: pageThen(ref('DirectoryUser')),
  GroupsThen: pageThen(ref('DirectoryGroup')),
  MembershipsThen: pageThen(
    object({ directory_id: text, user: ref('DirectoryUser'), group: ref('DirectoryGroup') }),
  ),
  UserThen: kind('directory_user', { ...user, ...asOf }, userMarks),
  GroupThen: kind('directory_group', { ...group, ...asOf }),
  Cause: object({
    request_id: text,
    kept: described('False: the request log keeps it no longer, or never had it.', flag),
    request: maybe(
      object({
        received_at: time,
        method: text,
        path: text,
        status: count,
        identity_provider: text,
        token: maybe(object({ id: text, name: maybe(text), client_id: maybe(text) })),
        user_agent: maybe(text),
      }),
    ),
  }),
  AccessInterval: kind('access_interval', {
    id: text,
    member: named,
    group: named,
    from: object(bound),
    to: described('Null: it lasts.', maybe(object(bound))),
    nested_in: described(
      'The groups around the group, through which it counted too.',
      listOf(object({ group: named, by_group_id: text, ...span })),
    ),
    inactive: described(
      'While it lasted the person was inactive then, and without access by it.',
      listOf(object(span)),
    ),
  }),
  TimelineEntry: kind('timeline_entry', {
    id: text,
    event: described('As consumers were told; null: they were told nothing.', maybe(text)),
    cause: text,
    changes: listOf(object({ attribute: text, from: anything, to: anything })),
    membership: maybe(
      object({
        change: oneOf('added', 'removed', 'restated'),
        group: named,
        member: named,
        because: maybe(text),
      }),
    ),
    occurred_at: time,
    sequence: count,
    directory_id: text,
    said_by: saidBy,
    deliveries: listOf(
      object({
        destination_id: text,
        protocol: maybe(text),
        state: text,
        attempts: count,
        delivered_at: maybe(time),
        last_outcome: maybe(text),
        last_status: maybe(count),
      }),
    ),
    receipts: listOf(
      object({
        destination_id: text,
        protocol: text,
        state: text,
        attempts: count,
        requested_at: time,
        acknowledged_at: maybe(time),
        status: maybe(count),
        reason: maybe(text),
      }),
    ),
  }),
  DirectoryDigest: kind('directory_digest', { ...standing, directory_id: text, sequence: count, ...sums }),
  OrganizationDigest: kind('organization_digest', {
    ...standing,
    sequences: described('By the ids of its directories.', mapOf(count)),
    ...sums,
  }),
};
