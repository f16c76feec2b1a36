/** What operators see of tokens, clients, keys and requests. Pure. */
import {
  anything,
  count,
  described,
  exactly,
  flag,
  kind,
  listOf,
  maybe,
  number,
  object,
  oneOf,
  ref,
  text,
  time,
  type Schema,
} from '../shapes.js';

const times = { created_at: time, updated_at: time };

const client = {
  id: text,
  client_id: text,
  name: text,
  token_endpoint: text,
  authentication_methods: listOf(oneOf('client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  jwks: maybe(ref('ClientKeySet')),
  secrets: listOf(object({ last_four: text, created_at: time, expires_at: maybe(time) })),
  ...times,
  last_used_at: maybe(time),
};
const once = { client_secret: described('Shown once.', text) };

const signingKey = {
  id: text,
  algorithm: oneOf('RS256', 'ES256', 'EdDSA'),
  state: oneOf('upcoming', 'current', 'retired', 'withdrawn'),
  created_at: time,
  created_by: maybe(text),
  signs_from: time,
  retired_at: maybe(time),
  published_until: maybe(time),
  withdrawn_at: maybe(time),
  withdrawn_by: maybe(text),
};

export const ACCESS: Readonly<Record<string, Schema>> = {
  DirectoryToken: kind(
    'directory_token',
    {
      id: text,
      directory_id: text,
      name: text,
      last_four: text,
      state: oneOf('active', 'expired'),
      created_at: time,
      expires_at: maybe(time),
      last_used_at: maybe(time),
    },
    {
      bearer_token: described('Shown once.', text),
      replaces: described('Of a rotation: the one before it.', ref('DirectoryToken')),
    },
  ),
  OAuthClient: kind('oauth_client', { directory_id: text, ...client }, once),
  SsfClient: kind('ssf_client', { organization_id: maybe(text), audience: text, ...client }, once),
  ScimRequest: kind(
    'scim_request',
    {
      id: text,
      directory_id: text,
      organization_id: text,
      token_id: maybe(text),
      received_at: time,
      method: text,
      path: text,
      user_agent: maybe(text),
      outcome: oneOf('succeeded', 'refused', 'limited', 'failed'),
      status: count,
      scim_type: maybe(text),
      detail: maybe(text),
      duration_in_milliseconds: number,
      dialect: maybe(text),
      quirks: listOf(text),
      ignored: listOf(text),
      unknown_members: listOf(text),
      body_bytes: maybe(count),
      event_count: count,
    },
    {
      body: described(
        'As it was sent, without secrets; of one that was cut, the text of its beginning.',
        anything,
      ),
      body_truncated: flag,
      events: listOf(object({ id: text, position: count })),
    },
  ),
  SigningKey: kind('signing_key', signingKey, {
    published: flag,
    replaces: maybe(ref('SigningKey')),
    signing: ref('SigningKey'),
  }),
  SchemaExtension: kind('schema_extension', {
    id: described('The URN.', text),
    resource_type: oneOf('User', 'Group'),
    name: text,
    description: text,
    attributes: listOf(ref('SchemaAttribute')),
  }),
  SchemaAttribute: described(
    'An attribute as RFC 7643 §7 defines it, every default filled in.',
    object(
      {
        name: text,
        type: oneOf('string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'complex', 'binary'),
        multiValued: flag,
        description: text,
        required: flag,
        caseExact: flag,
        mutability: oneOf('readOnly', 'readWrite', 'immutable', 'writeOnly'),
        returned: oneOf('always', 'never', 'default', 'request'),
        uniqueness: oneOf('none', 'server', 'global'),
      },
      {
        canonicalValues: listOf(text),
        referenceTypes: listOf(text),
        subAttributes: listOf(ref('SchemaAttribute')),
      },
    ),
  ),
  DeletedToken: kind(
    'directory_token',
    { id: text, deleted: exactly(true), tokens_left: count },
    { warning: text },
  ),
  Health: object(
    {
      status: oneOf('ok', 'unavailable'),
      version: text,
      database: oneOf('ok', 'unreachable'),
      queue_backend: text,
    },
    { log_position: count },
  ),
};
