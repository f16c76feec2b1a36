/** Events: what each type says of what happened. Pure. */
import { PUBLISHED_TYPES, TEST_TYPE } from '@app/directory';
import {
  count,
  described,
  either,
  exactly,
  foreign,
  kind,
  listOf,
  maybe,
  object,
  oneOf,
  ref,
  text,
  time,
  type Schema,
} from '../shapes.js';
import { directory, group, user, userMarks } from './people.js';
import { apiKey, organization, organizationDomain } from './organizations.js';

const namedDomain = kind('organization_domain', { id: text, domain: text });
const previous = {
  previous_attributes: foreign(
    'The old values of what the update changed, by their names; null: there was none.',
  ),
};

const place = { cause: text, directory_id: text, organization_id: text, sequence: count };
const tries = {
  attempts: count,
  status: described('The HTTP status of the last answer, if there was one.', maybe(count)),
};

const toldDestination = kind(
  'destination',
  {
    id: text,
    organization_id: maybe(text),
    protocol: text,
    endpoint_host: maybe(text),
    state: oneOf('enabled', 'paused', 'disabled'),
    since: maybe(time),
  },
  {
    reason: text,
    consecutive_failures: count,
    events_behind: count,
    skipped: object({ event_id: text, ...place, ...tries }),
    target_seconds: count,
    revocation: object({ txn: text, ...place, ...tries }),
  },
);

export const EVENTS: Readonly<Record<string, Schema>> = {
  EventDestination: described('Of `destination.*` and `revocation.overdue`.', toldDestination),
  EventDirectory: described(
    'Of `dsync.activated` and `dsync.deleted`.',
    kind(
      'directory',
      { ...directory, state: exactly('active') },
      {
        external_key: text,
        domains: described(
          'Of `dsync.activated`: those that its organization had then.',
          listOf(namedDomain),
        ),
      },
    ),
  ),
  EventMembership: described(
    'Of `dsync.group.user_added` and `dsync.group.user_removed`.',
    object({ directory_id: text, user: ref('DirectoryUser'), group: ref('DirectoryGroup') }),
  ),
  EventUser: described('Of `dsync.user.*`.', kind('directory_user', user, { ...userMarks, ...previous })),
  EventGroup: described(
    'Of `dsync.group.created`, `.updated` and `.deleted`.',
    kind('directory_group', group, previous),
  ),
  EventOrganization: described(
    'Of `organization.*`.',
    kind('organization', organization.always, { ...organization.sometimes, ...previous }),
  ),
  EventOrganizationDomain: described(
    'Of `organization_domain.*`.',
    kind('organization_domain', organizationDomain.always, organizationDomain.sometimes),
  ),
  EventDomainFailure: described(
    'Of `organization_domain.verification_failed`.',
    object({ reason: text, organization_domain: ref('OrganizationDomain') }),
  ),
  EventApiKey: described('Of `api_key.*`.', kind('api_key', apiKey, previous)),
  EventTest: described('Of `webhook.test`.', kind('webhook_test', { message: text })),
  Event: kind('event', {
    id: described('ULID-shaped; also the cursor to go on after.', text),
    event: described('What happened.', oneOf(...PUBLISHED_TYPES, TEST_TYPE)),
    data: either(
      ref('EventUser'),
      ref('EventGroup'),
      ref('EventMembership'),
      ref('EventDirectory'),
      ref('EventOrganization'),
      ref('EventOrganizationDomain'),
      ref('EventDomainFailure'),
      ref('EventApiKey'),
      ref('EventDestination'),
      ref('EventTest'),
    ),
    created_at: time,
    context: object(
      {
        sequence: described(
          'Gap-free within the directory, or within what an organization is told beside its directories.',
          count,
        ),
        cause: described('The domain event that it tells.', text),
        request_id: described('The request that made it.', text),
      },
      {
        snapshot: described('Not news: this is how it is.', exactly(true)),
        test: described('About nobody.', exactly(true)),
        ...previous,
      },
    ),
  }),
  EventPage: kind('list', {
    data: listOf(ref('Event')),
    list_metadata: object({
      before: maybe(text),
      after: described('Null when nothing is left; pollers written for WorkOS stop on it.', maybe(text)),
      cursor: described('Where to go on in any case, also past events that were not wanted.', maybe(text)),
    }),
  }),
  ConsumerPage: kind(
    'list',
    {
      data: listOf(ref('Event')),
      list_metadata: object({ before: maybe(text), after: maybe(text), cursor: maybe(text) }),
    },
    {
      lease: described(
        'Where one was asked for: until when nobody else gets the page, and the token that acknowledges it.',
        object({ token: text, until: time }),
      ),
    },
  ),
};
