/** Bodies and answers whose form a standard has: Shared Signals, OAuth 2.0, JSON Web Keys. Pure. */
import {
  count,
  described,
  either,
  exactly,
  flag,
  foreign,
  listOf,
  mapOf,
  object,
  oneOf,
  ref,
  text,
  url,
  type Schema,
} from '../shapes.js';

const stream = { stream_id: text };
const status = oneOf('enabled', 'paused', 'disabled');
const methods = oneOf('urn:ietf:rfc:8935', 'urn:ietf:rfc:8936');
/** What a receiver may send is read, and what it does not know is ignored: SSF 1.0 §8.1. */
const lenient = (properties: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema => ({
  ...object(properties, optional),
  additionalProperties: true,
  description: 'Members that this version does not know are ignored, as the standard asks.',
});

const key = {
  kty: oneOf('RSA', 'EC', 'OKP'),
  kid: text,
};
const parts = { use: exactly('sig'), alg: text, crv: text, x: text, y: text, n: text, e: text };

const wish = {
  delivery: lenient({ method: methods }, { endpoint_url: url, authorization_header: text }),
  events_requested: listOf(text),
  description: text,
  subject: foreign('How people are named: `format` is `email`, `iss_sub` or `opaque`.'),
  signing_algorithm: oneOf('RS256', 'ES256', 'EdDSA'),
  aud: either(text, listOf(text)),
};

export const STANDARDS: Readonly<Record<string, Schema>> = {
  SsfStream: described(
    'A stream: Shared Signals Framework 1.0 §8.1.1.',
    object(
      {
        ...stream,
        iss: url,
        aud: either(text, listOf(text)),
        delivery: object({ method: methods, endpoint_url: url }),
        events_supported: listOf(text),
        events_requested: listOf(text),
        events_delivered: listOf(text),
        min_verification_interval: count,
        subject: object({ format: oneOf('email', 'iss_sub', 'opaque') }, { issuer: text, attribute: text }),
        signing_algorithm: oneOf('RS256', 'ES256', 'EdDSA'),
      },
      { description: text },
    ),
  ),
  SsfStatus: object({ ...stream, status }, { reason: text }),
  SsfStreamWish: lenient({}, wish),
  SsfStreamChange: lenient(stream, wish),
  SsfStatusChange: lenient({ ...stream, status }, { reason: text }),
  SsfSubjectChange: lenient({
    ...stream,
    subject: foreign('RFC 9493, in the format in which the stream names people.'),
  }),
  SsfVerification: lenient(stream, { state: described('Comes back in the event.', text) }),
  SsfPoll: lenient(
    {},
    {
      maxEvents: { ...count, minimum: 0 },
      returnImmediately: flag,
      ack: listOf(text),
      setErrs: mapOf(lenient({ err: text }, { description: text })),
    },
  ),
  SsfPolled: object(
    { sets: described('Signed tokens by their `jti`: RFC 8417.', mapOf(text)) },
    { moreAvailable: exactly(true) },
  ),
  SsfConfiguration: object({
    spec_version: text,
    issuer: url,
    jwks_uri: url,
    delivery_methods_supported: listOf(methods),
    configuration_endpoint: url,
    status_endpoint: url,
    add_subject_endpoint: url,
    remove_subject_endpoint: url,
    verification_endpoint: url,
    authorization_schemes: listOf(object({ spec_urn: text })),
    default_subjects: oneOf('ALL', 'NONE'),
  }),
  OAuthServer: object({
    issuer: url,
    token_endpoint: url,
    grant_types_supported: listOf(text),
    response_types_supported: listOf(text),
    scopes_supported: listOf(text),
    token_endpoint_auth_methods_supported: listOf(text),
    token_endpoint_auth_signing_alg_values_supported: listOf(text),
  }),
  TokenRequest: described(
    'RFC 6749 §4.4. A client that authenticates by HTTP Basic leaves out its id and secret.',
    {
      ...object(
        { grant_type: exactly('client_credentials') },
        {
          scope: text,
          client_id: text,
          client_secret: text,
          client_assertion_type: exactly('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
          client_assertion: described('RFC 7523 §2.2.', text),
        },
      ),
      additionalProperties: true,
    },
  ),
  TokenAnswer: object({
    access_token: text,
    token_type: exactly('Bearer'),
    expires_in: count,
    scope: described('Which the token has, apart by spaces.', text),
  }),
  OAuthErrorBody: object({ error: text, error_description: text }),
  JsonWebKey: described('A public key: RFC 7517.', object(key, parts)),
  JsonWebKeySet: object({ keys: listOf(ref('JsonWebKey')) }),
  ClientKeySet: {
    ...object({ keys: listOf(foreign('A public key of the client: RFC 7517 §4.')) }),
    additionalProperties: true,
    description: "The client's own public keys, as it sent them: RFC 7517 §5.",
  },
};
