/** What consumers see of directories, people, groups and events. Pure. */
import {
  foreign,
  anything,
  count,
  described,
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

export const user: Readonly<Record<string, Schema>> = {
  id: text,
  directory_id: text,
  organization_id: text,
  idp_id: described("The identity provider's id: SCIM's externalId, else the id.", text),
  email: maybe(text),
  first_name: maybe(text),
  last_name: maybe(text),
  name: maybe(text),
  state: oneOf('active', 'inactive'),
  custom_attributes: foreign(
    "Consumers' attributes, by the names of the directory's attribute mapping and the predefined ones.",
  ),
  raw_attributes: foreign('As SCIM has them.'),
  emails: listOf(foreign('An e-mail address as SCIM has it: `value`, `type`, `primary`.')),
  job_title: maybe(anything),
  username: maybe(anything),
  ...times,
};
const role = object({ slug: text });
export const userMarks = {
  role,
  roles: listOf(role),
  origin: described('Came by signing in.', exactly('jit')),
};
export const group: Readonly<Record<string, Schema>> = {
  id: text,
  idp_id: text,
  directory_id: text,
  organization_id: text,
  name: text,
  raw_attributes: foreign('As SCIM has them.'),
  ...times,
};
export const directory = {
  id: text,
  organization_id: text,
  type: described('The identity provider, for example `okta scim v2.0`.', text),
  name: text,
  ...times,
};
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
  SignInCheck: kind(
    'sign_in_check',
    {
      decision: oneOf('allow', 'deny', 'unknown'),
      reason: oneOf(
        'active',
        'deactivated',
        'deleted',
        'ambiguous',
        'not_found',
        'just_in_time_off',
        'several_directories',
      ),
      created: described('Whether this very check made the person.', flag),
      user: maybe(ref('DirectoryUser')),
    },
    { candidates: described('Where several people have the name.', listOf(text)) },
  ),
  DirectoryUserWithGroups: kind(
    'directory_user',
    { ...user, groups: listOf(ref('DirectoryGroup')) },
    userMarks,
  ),
};
