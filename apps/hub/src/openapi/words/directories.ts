/** Directories and those in them. Pure. */
import { words, type Chapter } from './words.js';

export const DIRECTORIES: Chapter = {
  tag: 'Directories',
  routes: {
    'POST /directories': words(
      'createDirectory',
      'Create a directory',
      'A directory is one connection to an identity provider. The answer has the SCIM base URL and, once, the bearer token that an administrator pastes into the provider. Emits `dsync.activated`. Send an `Idempotency-Key`, so that a repeated request does not make a second directory.',
      'not_written',
      'limit_reached',
    ),
    'GET /directories': words(
      'listDirectories',
      'List directories',
      'Newest first. The counts of people and groups are exact, or those of a few seconds ago.',
    ),
    'GET /directories/{id}': words(
      'getDirectory',
      'Get a directory',
      'With its state, its settings, and how many people and groups it has. The counts are exact, or those of a few seconds ago. Tokens are never shown again.',
    ),
    'PATCH /directories/{id}': words(
      'updateDirectory',
      'Update a directory',
      'Its name, its type and its settings: what a DELETE of a person does, how deactivations are told, whether sign-in checks may make people. A setting changes what happens from now on, and nothing that has happened.',
      'changed_meanwhile',
    ),
    'DELETE /directories/{id}': words(
      'deleteDirectory',
      'Delete a directory',
      'Its tokens stop working at once, and its people and groups are removed in the background. Emits `dsync.deleted`, and nothing for each person, as WorkOS does. There is no way back.',
      'not_written',
    ),
    'GET /directories/{directoryId}/schema_extensions': words(
      'listSchemaExtensions',
      'List the schemas that a directory has declared',
      'All of them, in one answer. Those of RFC 7643 and the enterprise extension, which every directory has, are not among them.',
    ),
    'GET /directories/{directoryId}/schema_extensions/{urn}': words(
      'getSchemaExtension',
      'Get a declared schema',
      'By its URN, in whatever capitals. Every default of RFC 7643 §2.2 is filled in.',
    ),
    'PUT /directories/{directoryId}/schema_extensions/{urn}': words(
      'declareSchemaExtension',
      'Declare a schema, or change it as a whole',
      'The schema is as RFC 7643 §7 writes it. From then on values under its URN are checked, stored, filtered and shown. An attribute that has values cannot become another kind of thing; clear them first.',
      'too_many_schema_extensions',
    ),
    'DELETE /directories/{directoryId}/schema_extensions/{urn}': words(
      'deleteSchemaExtension',
      'Withdraw a declared schema',
      'Identity providers that still send its attributes are answered as for any that no schema has. Values that were stored by it stay in the log and are not shown or searched any more.',
    ),
  },
};

export const PEOPLE: Chapter = {
  tag: 'People and groups',
  routes: {
    'GET /directory_users': words(
      'listDirectoryUsers',
      'List people',
      'Of a directory, or in a group; newest first. `idp_id` and `email` find single people and need `directory`. Each comes with their groups.',
      'entity_not_found',
    ),
    'GET /directory_users/{id}': words(
      'getDirectoryUser',
      'Get a person',
      'With their groups. Whoever consumers were told is deleted is not found.',
    ),
    'GET /directory_groups': words(
      'listDirectoryGroups',
      'List groups',
      'Of a directory, or those that a person is in; newest first.',
      'entity_not_found',
    ),
    'GET /directory_groups/{id}': words(
      'getDirectoryGroup',
      'Get a group',
      'With its attributes as SCIM has them. Its members are not in it: list the people with `group` for them.',
    ),
    'POST /sign_in_checks': words(
      'checkSignIn',
      'Ask whether somebody may sign in',
      'Send one name of a person (`idp_id`, `email` or `user_name`) and a place to look (`organization_id` or `directory_id`), after your sign-in has proven who they are. The answer is `allow`, `deny` or `unknown`, and always 200. With `just_in_time` somebody unknown is made where the directory allows it, which emits `dsync.user.created`. Never answered from an `Idempotency-Key`.',
      'entity_not_found',
      'not_written',
    ),
  },
};

export const MAPPING: Chapter = {
  tag: 'Attributes and roles',
  routes: {
    'GET /directories/{id}/attribute_mapping': words(
      'getAttributeMapping',
      'Get the attribute mapping of a directory',
      'Under which names consumers see which SCIM attributes. `applying` says how far people have been looked at after the last change.',
    ),
    'PUT /directories/{id}/attribute_mapping': words(
      'replaceAttributeMapping',
      'Replace the attribute mapping of a directory',
      'Replaces it as a whole. Whoever is written to afterwards is seen by it; everybody else is looked at in the background, and who looks different then has a `dsync.user.updated`. Look at the preview first.',
      'changed_meanwhile',
    ),
    'POST /directories/{id}/attribute_mapping/preview': words(
      'previewAttributeMapping',
      'Preview an attribute mapping',
      'What the mapping would make of a person, or of the first people, and of up to a thousand how many would change and who would lack what is required. Reads, and changes nothing.',
    ),
    'GET /directories/{id}/role_mapping': words(
      'getRoleMapping',
      'Get the role mapping of a directory',
      'The mapping that the directory goes by: its own, or where `inherited` that of its organization. `applying` says how far people have been looked at after the last change.',
    ),
    'PUT /directories/{id}/role_mapping': words(
      'replaceRoleMapping',
      'Replace the role mapping of a directory',
      "Which groups give which roles. Replaces it as a whole; one without rules and without a default role is none, and the organization's counts again. People are looked at in the background; whose roles change has a `dsync.user.updated`.",
    ),
    'POST /directories/{id}/role_mapping/preview': words(
      'previewRoleMapping',
      'Preview a role mapping',
      'Which roles a person, or the first people, would have. Reads, and changes nothing.',
    ),
    'GET /organizations/{id}/role_mapping': words(
      'getOrganizationRoleMapping',
      'Get the role mapping of an organization',
      'All its directories go by it that have no rules of their own. `applying` says how far people have been looked at after the last change.',
    ),
    'PUT /organizations/{id}/role_mapping': words(
      'replaceOrganizationRoleMapping',
      'Replace the role mapping of an organization',
      'Replaces it as a whole. People of all directories that go by it are looked at in the background; whose roles change has a `dsync.user.updated`.',
    ),
    'POST /organizations/{id}/role_mapping/preview': words(
      'previewOrganizationRoleMapping',
      'Preview the role mapping of an organization',
      'Shown on the people of one of its directories, as if that had no rules of its own. Reads, and changes nothing.',
    ),
    'GET /directories/{id}/roles': words(
      'listDirectoryRoles',
      'List the roles that people have',
      'A role is there as long as a rule gives it to somebody. Each comes with how many have it, and how many of them are active.',
    ),
    'GET /directories/{id}/roles/{slug}/users': words(
      'listRoleHolders',
      'List who has a role, and why',
      'A page at a time. Each comes with the rule that gives the role, and the way through groups by which it does.',
    ),
    'GET /directory_users/{id}/roles': words(
      'listUserRoles',
      'List the roles of a person, and why',
      'Each with the rules that give it; the foremost role first.',
    ),
  },
};
