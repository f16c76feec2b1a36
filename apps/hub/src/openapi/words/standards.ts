/** What others know by a standard: Shared Signals, OAuth, and what is open to everybody. Pure. */
import { words, type Chapter } from './words.js';

const MANAGE = 'Takes an access token with the scope `ssf.manage`.';
const READ = 'Takes an access token with the scope `ssf.read`.';

export const SHARED_SIGNALS: Chapter = {
  tag: 'Shared Signals streams',
  routes: {
    'POST /ssf/stream': words(
      'createSsfStream',
      'Create a stream',
      `OpenID Shared Signals Framework 1.0 §8.1.1.1. Pushed to the receiver (RFC 8935) or polled by it (RFC 8936). ${MANAGE}`,
      'too_many_streams:409',
      'too_many_destinations:409',
      'duplicate_endpoint',
    ),
    'GET /ssf/stream': words(
      'getSsfStream',
      'Get a stream, or all of them',
      `§8.1.1.2. With \`stream_id\` one, without it a list. ${READ}`,
      'stream_not_found',
    ),
    'PATCH /ssf/stream': words(
      'updateSsfStream',
      'Update a stream',
      `§8.1.1.3. What is left out stays. ${MANAGE}`,
      'stream_not_found',
      'changed_meanwhile',
      'duplicate_endpoint',
    ),
    'PUT /ssf/stream': words(
      'replaceSsfStream',
      'Replace a stream',
      `§8.1.1.4. What is left out has its default again. ${MANAGE}`,
      'stream_not_found',
      'changed_meanwhile',
      'duplicate_endpoint',
    ),
    'DELETE /ssf/stream': words(
      'deleteSsfStream',
      'Delete a stream',
      `§8.1.1.5. ${MANAGE}`,
      'stream_not_found',
    ),
    'GET /ssf/status': words(
      'getSsfStatus',
      'Get the status of a stream',
      `§8.1.2.1. ${READ}`,
      'stream_not_found',
    ),
    'POST /ssf/status': words(
      'setSsfStatus',
      'Enable, pause or disable a stream',
      `§8.1.2.2. Paused or disabled it keeps its place, and loses nothing. ${MANAGE}`,
      'stream_not_found',
      'changed_meanwhile',
    ),
    'POST /ssf/subjects/add': words(
      'addSsfSubject',
      'Tell of a person again',
      `§8.1.3.2. Everybody is told of unless they were removed. ${MANAGE}`,
      'stream_not_found',
    ),
    'POST /ssf/subjects/remove': words(
      'removeSsfSubject',
      'Tell of a person no more',
      `§8.1.3.3. ${MANAGE}`,
      'stream_not_found',
      'too_many_subjects',
    ),
    'POST /ssf/verification': words(
      'verifySsfStream',
      'Ask for a verification event',
      `§8.1.4.2. The event comes by the stream, with the \`state\` that was sent. ${MANAGE}`,
      'stream_not_found',
      'too_many_verifications',
    ),
    'POST /ssf/poll/{streamId}': words(
      'pollSsfStream',
      "Fetch a polled stream's events",
      `RFC 8936 §2. Acknowledges with \`ack\`, and waits for events unless \`returnImmediately\` is set. Events come again until they are acknowledged. ${READ}`,
      'stream_not_found',
    ),
  },
};

export const OAUTH: Chapter = {
  tag: 'OAuth',
  routes: {
    'POST /oauth/token': words(
      'issueAccessToken',
      'Get an access token',
      'RFC 6749 §4.4, client credentials: for OAuth clients of directories and for receivers of security events. The client shows who it is by HTTP Basic, in the form, or by a signed assertion (RFC 7523). Use each token until it expires.',
    ),
    'GET /.well-known/oauth-authorization-server': words(
      'getOAuthServer',
      'Get what a client needs to know of the token endpoint',
      'RFC 8414. May be kept for five minutes.',
    ),
  },
};

export const OPEN: Chapter = {
  tag: 'Open to everybody',
  routes: {
    'GET /health': words(
      'getHealth',
      'Ask whether this process can take a change',
      'For load balancers and people. 503 while the database cannot be reached.',
    ),
    'GET /openapi.json': words(
      'getOpenApi',
      'Get this document',
      'OpenAPI 3.1. The page at `/docs` shows it.',
    ),
    'GET /.well-known/jwks.json': words(
      'getJwks',
      'Get the keys that tokens are verified with',
      'RFC 7517. May be kept for four minutes; `If-None-Match` saves the body.',
    ),
    'GET /.well-known/jwks-history.json': words(
      'getJwksHistory',
      'Get all keys that ever signed',
      'For auditors, who verify what was signed long ago. What is verified today needs the short list only.',
    ),
    'GET /.well-known/webhooks/{destinationId}/jwks.json': words(
      'getWebhookJwks',
      'Get the keys that a webhook is verified with',
      'Of endpoints that sign with Ed25519 (`v1a`): RFC 8037. Keys that ended less than a day ago are still there.',
    ),
    'GET /.well-known/ssf-configuration': words(
      'getSsfConfiguration',
      'Get what a receiver needs to know of this transmitter',
      'Shared Signals Framework 1.0 §7: the endpoints, the ways of delivery, and where the keys are. May be kept for five minutes.',
    ),
  },
};
