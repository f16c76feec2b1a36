/** What operators see of tokens, clients, keys and requests. Pure. */
import {
  anyObject,
  count,
  described,
  flag,
  kind,
  listOf,
  maybe,
  object,
  text,
  time,
  type Schema,
  exactly,
  ref,
} from '../shapes.js';

const number: Schema = { type: 'number' };
const times = { created_at: time, updated_at: time };

const client = {
  id: text,
  client_id: text,
  name: text,
  token_endpoint: text,
  authentication_methods: listOf(text),
  jwks: maybe(anyObject),
  secrets: listOf(object({ last_four: text, created_at: time, expires_at: maybe(time) })),
  ...times,
  last_used_at: maybe(time),
};
const once = { client_secret: described('Shown once.', text) };

const signingKey = {
  id: text,
  algorithm: text,
  state: text,
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
      state: text,
      created_at: time,
      expires_at: maybe(time),
      last_used_at: maybe(time),
    },
    { bearer_token: described('Shown once.', text), replaces: anyObject },
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
      outcome: text,
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
    { body: {}, body_truncated: flag, events: listOf(object({ id: text, position: count })) },
  ),
  SigningKey: kind('signing_key', signingKey, {
    published: flag,
    replaces: maybe(ref('SigningKey')),
    signing: ref('SigningKey'),
  }),
  SchemaExtension: {
    ...anyObject,
    description: 'A schema of RFC 7643 §7, and the type of resource that it is for.',
  },
  DeletedToken: kind(
    'directory_token',
    { id: text, deleted: exactly(true), tokens_left: count },
    { warning: text },
  ),
  SsfStream: {
    ...anyObject,
    description: 'A stream as OpenID Shared Signals Framework 1.0 §8.1.1 describes it.',
  },
  JsonWebKeySet: object({ keys: listOf(anyObject) }),
  Health: object(
    { status: text, version: text, database: text, queue_backend: text },
    { log_position: count },
  ),
};
