/** Every error of /oauth in OAuth's words: RFC 6749 §5.2. */
import type { FastifyRequest } from 'fastify';
import { isDatabaseAway } from '@app/runtime';
import { wholeSeconds } from '../access/refusals.js';
import { frameworkStatusOf, type Answer } from '../http/all-errors.filter.js';
import { BodyIsNotJson, pathOf } from '../http/server.js';

export const OAUTH_PREFIX = '/oauth/';

/** The codes of RFC 6749 §5.2 that this grant can meet, and §4.1.2.1's two for what is not the client's mistake. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'temporarily_unavailable'
  | 'server_error';

export class OAuthError extends Error {
  /** @param message one sentence or two, in ASCII without quotes and backslashes: RFC 6749 §5.2 allows no others. */
  constructor(
    readonly code: OAuthErrorCode,
    message: string,
    readonly more: Partial<Answer> = {},
  ) {
    super(message);
    this.name = 'OAuthError';
  }
}

export interface OAuthAnswer extends Answer {
  body: { error: OAuthErrorCode; error_description: string };
}

/** One sentence for whatever is wrong with who the client says it is, so that nobody can find out which ids there are. */
export function unknownClient(): OAuthError {
  return invalidClient('The client is not known, or what it sent to prove who it is does not fit.');
}

export function invalidClient(description: string): OAuthError {
  return new OAuthError('invalid_client', description, { status: 401, challenge: 'Basic realm="oauth"' });
}

/** RFC 6749 §3.2. */
export function onlyPost(): OAuthError {
  return new OAuthError('invalid_request', 'The token endpoint takes POST only.', {
    status: 405,
    allow: 'POST',
  });
}

export function tooManyTokenRequests(waitInSeconds: number): OAuthError {
  const seconds = wholeSeconds(waitInSeconds);
  const description = `Too many requests for tokens. Wait ${seconds} s, and use each access token until it expires.`;
  return new OAuthError('temporarily_unavailable', description, {
    status: 429,
    retryAfterInSeconds: seconds,
  });
}

export function oauthAnswerOf(error: unknown, request: FastifyRequest): OAuthAnswer {
  if (error instanceof OAuthError) return answer(error.code, error.message, { status: 400, ...error.more });
  if (isDatabaseAway(error)) {
    const description = 'The database cannot be reached right now. Send the same request again.';
    return answer('temporarily_unavailable', description, { status: 503, retryAfterInSeconds: 1 });
  }
  const status = error instanceof BodyIsNotJson ? 415 : frameworkStatusOf(error);
  switch (status) {
    case undefined:
      return answer(
        'server_error',
        'Something went wrong on our side. The log has the cause under the id in X-Request-ID.',
        { status: 500 },
      );
    case 404:
      return answer('invalid_request', `There is nothing at ${request.method} ${plain(pathOf(request))}.`, {
        status,
      });
    case 413:
      return answer('invalid_request', 'The body is too large for a token request.', { status });
    case 415:
      return answer('invalid_request', SEND_A_FORM, { status: 400 });
    default:
      return answer('invalid_request', 'The request cannot be read.', { status });
  }
}

export const SEND_A_FORM =
  'Send the parameters in the body, with the content type application/x-www-form-urlencoded.';

function answer(code: OAuthErrorCode, description: string, rest: Answer): OAuthAnswer {
  return { ...rest, body: { error: code, error_description: description } };
}

function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, '?');
}
