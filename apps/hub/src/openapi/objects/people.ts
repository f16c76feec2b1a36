/** What consumers see of directories, people, groups and events. Pure. */
import {
  anyObject,
  anything,
  count,
  described,
  either,
  exactly,
  flag,
  kind,
  listOf,
  maybe,
  object,
  oneOf,
  ref,
  text,
  time,
  url,
  type Schema,
} from '../shapes.js';

const times = { created_at: time, updated_at: time };

const user: Readonly<Record<string, Schema>> = {
  id: text,
  directory_id: text,
  organization_id: text,
  idp_id: described("The identity provider's id: SCIM's externalId, else the id.", text),
  email: maybe(text),
  first_name: maybe(text),
  last_name: maybe(text),
  name: maybe(text),
  state: oneOf('active', 'inactive'),
  custom_attributes: anyObject,
  raw_attributes: described('As SCIM has them.', anyObject),
  emails: listOf(anyObject),
  job_title: maybe(anything),
  username: maybe(anything),
  ...times,
};
const role = object({ slug: text });
const userMarks = { role, roles: listOf(role), origin: described('Came by signing in.', exactly('jit')) };
const group: Readonly<Record<string, Schema>> = {
  id: text,
  idp_id: text,
  directory_id: text,
  organization_id: text,
  name: text,
  raw_attributes: anyObject,
  ...times,
};
const previous = { previous_attributes: described('The old values of what an update changed.', anyObject) };
const directory = {
  id: text,
  organization_id: text,
  type: described('The identity provider, for example `okta scim v2.0`.', text),
  name: text,
  ...times,
};
const namedDomain = kind('organization_domain', { id: text, domain: text });
const settings = object({
  delete_policy: oneOf('delete', 'deactivate'),
  purge_after_days: maybe(count),
  deactivations_published_as: oneOf('updated', 'deleted'),
  just_in_time: flag,
});
const shownDirectory = {
  ...directory,
  external_key: text,
  state: oneOf('linked', 'unlinked', 'deleting'),
  metadata: object({ users: object({ active: count, inactive: count }), groups: count }),
  settings,
};

const ofOrganization = { domain: described('The first domain of its organization.', text) };

export const PEOPLE: Readonly<Record<string, Schema>> = {
  Directory: kind('directory', shownDirectory, ofOrganization),
  NewDirectory: kind(
    'directory',
    {
      ...shownDirectory,
      scim: described(
        'What an administrator pastes into the identity provider; the token is shown once.',
        object({ base_url: url, bearer_token: text }),
      ),
    },
    ofOrganization,
  ),
  DirectoryUser: kind('directory_user', { ...user }, userMarks),
  DirectoryGroup: kind('directory_group', group),
  Event: kind('event', {
    id: text,
    event: described('The type, for example `dsync.user.created`.', text),
    data: either(
      kind('directory_user', user, { ...userMarks, ...previous }),
      kind('directory_group', group, previous),
      object({ directory_id: text, user: ref('DirectoryUser'), group: ref('DirectoryGroup') }),
      kind('directory', { ...directory, state: text }, { external_key: text, domains: listOf(namedDomain) }),
      described('Of organizations, their domains and keys, and of destinations.', anyObject),
    ),
    created_at: time,
    context: object(
      { sequence: count, cause: described('The domain event that it tells.', text), request_id: text },
      { snapshot: exactly(true), test: exactly(true), previous_attributes: anyObject },
    ),
  }),
  SignInCheck: kind(
    'sign_in_check',
    {
      decision: oneOf('allow', 'deny', 'unknown'),
      reason: text,
      created: flag,
      user: maybe(ref('DirectoryUser')),
    },
    { candidates: listOf(text) },
  ),
  DirectoryUserWithGroups: kind(
    'directory_user',
    { ...user, groups: listOf(ref('DirectoryGroup')) },
    userMarks,
  ),
};
