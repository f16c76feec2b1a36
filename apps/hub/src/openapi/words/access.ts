/** Revocations, and who may do what: tokens, clients and keys; and what identity providers asked. Pure. */
import { words, type Chapter, type Words } from './words.js';

export const REVOCATIONS: Chapter = {
  tag: 'Session revocations',
  routes: {
    'GET /revocations': words(
      'listRevocations',
      'List revocations',
      'Whose sessions had to end, why, and what each application confirmed. Newest first. Receipts are evidence: they outlive attempts and destinations.',
      'invalid_cursor',
      'search_too_broad',
    ),
    'GET /revocations/{id}': words(
      'getRevocation',
      'Get a revocation',
      'Whose sessions had to end, why, and what each application confirmed. Below each receipt stand the attempts that are still kept.',
    ),
    'GET /revocations/export': words(
      'exportRevocations',
      'Export revocations for auditors',
      'As a file, a line for each receipt. Needs `from` and `to`.',
      'search_too_broad',
    ),
  },
};

export const REQUESTS: Chapter = {
  tag: 'SCIM requests',
  routes: {
    'GET /scim_requests': words(
      'listScimRequests',
      'Search what identity providers asked',
      'And what they were answered, with the quirks that were mended. Newest first, kept for some days, secrets removed.',
      'invalid_cursor',
      'search_too_broad',
    ),
    'GET /scim_requests/{id}': words(
      'getScimRequest',
      'Get a SCIM request',
      'By the `X-Request-ID` of its answer; with its body as it was sent, and the events that it made.',
    ),
    'GET /directories/{id}/requests': words(
      'listDirectoryRequests',
      "Search a directory's SCIM requests",
      'What the identity provider of this directory asked and was answered, newest first. As the search over all directories.',
      'invalid_cursor',
      'search_too_broad',
    ),
  },
};

function managed(root: string, id: string, noun: string, made: string): Record<string, Words> {
  return {
    [`POST ${root}`]: words(`create${id}`, `Make ${noun}`, made, 'limit_reached'),
    [`GET ${root}/{id}`]: words(
      `get${id}`,
      `Get ${noun}`,
      'With when it was made, and when it was used last. The secret is not shown.',
    ),
    [`PATCH ${root}/{id}`]: words(
      `update${id}`,
      `Update ${noun}`,
      'Changes what the body names. What is left out stays as it is.',
      'changed_meanwhile',
    ),
    [`DELETE ${root}/{id}`]: words(
      `delete${id}`,
      `Delete ${noun}`,
      'Within a second it is let in nowhere. Access tokens that it was given end too.',
    ),
    [`POST ${root}/{id}/rotate`]: words(
      `rotate${id}`,
      `Rotate the secret of ${noun}`,
      'The old one goes on for `overlap_seconds`, a day unless said. The answer shows the new one once.',
      'limit_reached',
    ),
  };
}

export const CREDENTIALS: Chapter = {
  tag: 'Directory credentials',
  routes: {
    ...managed(
      '/directories/{directoryId}/tokens',
      'DirectoryToken',
      'a bearer token of a directory',
      'What an administrator pastes into an identity provider. A directory may have several, so that one can be exchanged without a gap. Shown once.',
    ),
    'GET /directories/{directoryId}/tokens': words(
      'listDirectoryTokens',
      'List the bearer tokens of a directory',
      'Newest first, with their states and when they were used last. The tokens themselves are not shown.',
    ),
    'DELETE /directories/{directoryId}/tokens/{id}': words(
      'deleteDirectoryToken',
      'Delete a bearer token of a directory',
      'Within a second it is let in nowhere. `warning` says when the directory has none left.',
    ),
    ...managed(
      '/directories/{directoryId}/oauth_clients',
      'OAuthClient',
      'an OAuth client of a directory',
      'For identity providers that fetch access tokens by client credentials instead of keeping one token for ever. The secret is shown once.',
    ),
    'GET /directories/{directoryId}/oauth_clients': words(
      'listOAuthClients',
      'List the OAuth clients of a directory',
      'Newest first, with their ways to show who they are. Secrets are not shown.',
    ),
  },
};

export const RECEIVERS: Chapter = {
  tag: 'Shared Signals receivers',
  routes: {
    ...managed(
      '/ssf/clients',
      'SsfClient',
      'a receiver of security events',
      'An application that manages streams of security events by itself, with access tokens from `/oauth/token`. The secret is shown once.',
    ),
    'GET /ssf/clients': words(
      'listSsfClients',
      'List receivers of security events',
      'Newest first, with their ways to show who they are. Secrets are not shown.',
    ),
    'POST /ssf/clients': words(
      'createSsfClient',
      'Make a receiver of security events',
      'An application that manages streams of security events by itself, with access tokens from `/oauth/token`. The secret is shown once.',
      'unknown_organization',
      'limit_reached',
    ),
  },
};

const PERMISSION = 'Takes the permission `api_keys:manage`.';

export const KEYS: Chapter = {
  tag: 'API keys and signing keys',
  routes: {
    'POST /admin_api_keys': words(
      'createAdminApiKey',
      'Make an API key of this installation',
      `Its permissions are some of those of the key that makes it. The value is shown once. ${PERMISSION}`,
      'permission_missing',
      'limit_reached',
    ),
    'GET /admin_api_keys': words(
      'listAdminApiKeys',
      'List the API keys of this installation',
      `Without their values. ${PERMISSION}`,
      'permission_missing',
    ),
    'GET /admin_api_keys/{id}': words(
      'getAdminApiKey',
      'Get an API key of this installation',
      `Without its value. ${PERMISSION}`,
      'permission_missing',
    ),
    'DELETE /admin_api_keys/{id}': words(
      'deleteAdminApiKey',
      'Revoke an API key of this installation',
      `Within seconds it is let in nowhere. The last one stays. ${PERMISSION}`,
      'permission_missing',
      'last_api_key',
    ),
    'GET /signing_keys': words(
      'listSigningKeys',
      'List signing keys',
      'The keys that tokens for applications are signed with, of every algorithm; those that sign nothing more too.',
    ),
    'POST /signing_keys/rotate': words(
      'rotateSigningKey',
      'Rotate the signing key of an algorithm',
      'The new key is published at once and signs after `lead_seconds`; the old one stays published for `overlap_seconds` at least. Receivers need to do nothing.',
      'rotation_under_way',
      'limit_reached',
    ),
    'DELETE /signing_keys/{id}': words(
      'withdrawSigningKey',
      'Withdraw a signing key',
      'For a key that leaked: it is published no more, and what it signed verifies no more. Another one signs from now on.',
      'last_signing_key',
      'limit_reached',
    ),
  },
};
