/** What there is beyond WorkOS: feeds, mappings, roles, proofs and history. Pure. */
import {
  anyObject,
  count,
  exactly,
  kind,
  listOf,
  maybe,
  object,
  ref,
  text,
  time,
  type Schema,
} from '../shapes.js';

/** An object whose further members its page of the documentation explains. */
const open = (name: string, members: Readonly<Record<string, Schema>>): Schema => ({
  ...kind(name, members),
  additionalProperties: true,
});

const cursors = { before: maybe(text), after: maybe(text) };

export const BEYOND: Readonly<Record<string, Schema>> = {
  EventPage: kind('list', {
    data: listOf(ref('Event')),
    list_metadata: object(cursors, { cursor: maybe(text) }),
  }),
  ConsumerPage: {
    ...kind('list', { data: listOf(ref('Event')), list_metadata: anyObject }),
    additionalProperties: true,
  },
  Consumer: open('consumer', { name: text }),
  FeedToken: kind(
    'feed_token',
    {
      id: text,
      name: text,
      last_four: text,
      organization_id: maybe(text),
      directory_id: maybe(text),
      events: maybe(listOf(text)),
      consumers: listOf(text),
      state: text,
      created_at: time,
      expires_at: maybe(time),
      last_used_at: maybe(time),
    },
    { bearer_token: text },
  ),
  Deleted: {
    ...anyObject,
    properties: { object: text, deleted: exactly(true) },
    required: ['object', 'deleted'],
  },
  AttributeMapping: open('attribute_mapping', { directory_id: text, attributes: listOf(anyObject) }),
  AttributeMappingPreview: open('attribute_mapping_preview', {
    directory_id: text,
    people: listOf(anyObject),
  }),
  RoleMapping: open('role_mapping', {
    organization_id: text,
    rules: listOf(anyObject),
    default_role: maybe(text),
  }),
  RoleMappingPreview: open('role_mapping_preview', {}),
  DirectoryRole: kind('directory_role', { slug: text, users: count, active_users: count }),
  RoleHolder: kind('directory_role_holder', { slug: text, user: anyObject, because: listOf(anyObject) }),
  UserRole: kind('directory_user_role', { slug: text, because: listOf(anyObject) }),
  Digest: open('digest', {}),
  HistoryPage: anyObject,
  AccessPeriod: anyObject,
  TimelineEntry: open('timeline_entry', {
    id: text,
    occurred_at: time,
    sequence: count,
    directory_id: text,
    deliveries: listOf(anyObject),
    receipts: listOf(anyObject),
  }),
};
