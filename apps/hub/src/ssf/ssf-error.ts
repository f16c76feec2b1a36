/** What receivers are answered when they are wrong: the statuses of SSF 1.0 §8.1, which knows 400 and not 422. */
import { InvalidRequest, InvalidSettings, UnsuitableUrl } from '@app/delivery';
import type { ReceiverScope } from '@app/tenancy';
import { ApiError } from '../consumer/api-error.js';

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'invalid_request', message);
}

/** Also for a stream of somebody else: nobody learns which ids there are. */
export function unknownStream(id: string): ApiError {
  return new ApiError(404, 'stream_not_found', `Stream not found: '${id}'.`);
}

/** Runs work of ours whose refusals have the words and statuses of the admin API. @throws ApiError in those of SSF. */
export async function inWordsOfSsf<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inSsf(error);
  }
}

function inSsf(error: unknown): unknown {
  if (error instanceof UnsuitableUrl) return badRequest(`delivery.endpoint_url: ${error.message}`);
  if (error instanceof InvalidSettings)
    return badRequest(`${error.problems.map(({ message }) => message).join('; ')}.`);
  // Of what requests are made with, a receiver sets this one header.
  if (error instanceof InvalidRequest)
    return badRequest(
      `delivery.authorization_header: ${error.problems.map(({ message }) => message).join('; ')}.`,
    );
  if (!(error instanceof ApiError) || error.status !== 422) return error;
  const status = error.code === 'too_many_destinations' ? 409 : 400;
  return new ApiError(status, status === 409 ? error.code : 'invalid_request', error.message);
}

const REMEDY = "Ask for an access token at /oauth/token with the receiver's client_id and client_secret.";

export function unauthorized(what: string, error?: 'invalid_token'): ApiError {
  const challenge = error ? `Bearer realm="ssf", error="${error}"` : 'Bearer realm="ssf"';
  return new ApiError(401, error ?? 'unauthorized', `${what} ${REMEDY}`, undefined, { challenge });
}

export function insufficient(scope: ReceiverScope): ApiError {
  const challenge = `Bearer realm="ssf", error="insufficient_scope", scope="${scope}"`;
  const message = `The access token lacks the scope ${scope}. Ask for one that has it.`;
  return new ApiError(403, 'insufficient_scope', message, undefined, { challenge });
}
