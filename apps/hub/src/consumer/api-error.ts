/** Every error of the consumer and admin API: JSON `{message, code}`, with `errors` where single fields are wrong. */
import type { FastifyRequest } from 'fastify';
import { InvalidRequest, InvalidSettings, UnsuitableUrl } from '@app/delivery';
import { TransactionFailed } from '@app/provisioning';
import { isDatabaseAway } from '@app/runtime';
import { LastSecret, LastSigningKey, LimitReached, RotationUnderWay } from '@app/tenancy';
import { frameworkStatusOf, type Answer } from '../http/all-errors.filter.js';
import type { Routes } from '../http/routes.js';
import { ReservedName } from '../http/reserved-names.js';
import { BodyIsNotJson, pathOf } from '../http/server.js';
import { refusalOf } from '../organizations/refusals.js';

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface ApiErrorBody {
  message: string;
  /** Software that speaks to WorkOS reads it; a top-level `error` would make its SDKs lose the message. */
  code: string;
  errors?: FieldError[];
  /** Of a cursor that is not good: where to go on. */
  restart?: object;
}

/** The caller of the consumer or admin API is wrong. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors?: FieldError[],
    /** What the answer has beside its body. */
    readonly more?: Partial<Answer> & { members?: { restart?: object } },
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** 404 in the words that SDKs know. */
export function notFound(what: string, id: string): ApiError {
  return new ApiError(404, 'entity_not_found', `${what} not found: '${id}'.`);
}

export interface ApiAnswer extends Answer {
  body: ApiErrorBody;
}

/** @param routes which methods there are at a path that has none of the request's. */
export function apiErrorOf(error: unknown, request: FastifyRequest, routes: Routes): ApiAnswer {
  if (error instanceof ApiError) {
    const { status, code, message, errors, more } = error;
    const { members, ...answer } = more ?? {};
    return { ...answer, status, body: { message, code, ...(errors ? { errors } : {}), ...members } };
  }
  if (error instanceof BodyIsNotJson)
    return answer(400, 'invalid_json', `${error.message}. Send one JSON object.`);
  if (error instanceof ReservedName) return answer(422, 'reserved_name', `${error.message}.`);
  if (error instanceof TransactionFailed) {
    return {
      ...answer(
        503,
        'not_written',
        'The change was not confirmed. Send the same request again: nothing is done twice.',
      ),
      retryAfterInSeconds: 1,
    };
  }
  if (isDatabaseAway(error)) {
    const message = 'The database cannot be reached right now. Send the same request again.';
    return { ...answer(503, 'database_unavailable', message), retryAfterInSeconds: 1 };
  }
  const refusal = refusalOf(error);
  if (refusal) return answer(refusal.status, refusal.code, refusal.message);
  if (error instanceof LimitReached) return answer(409, 'limit_reached', error.message);
  if (error instanceof LastSecret) return answer(409, 'last_secret', error.message);
  if (error instanceof LastSigningKey) return answer(409, 'last_signing_key', error.message);
  if (error instanceof RotationUnderWay) return answer(409, 'rotation_under_way', error.message);
  if (error instanceof UnsuitableUrl) {
    const { code, message } = error;
    return {
      status: 422,
      body: { message, code: 'invalid_url', errors: [{ field: 'endpoint_url', code, message }] },
    };
  }
  if (error instanceof InvalidSettings) {
    const errors = error.problems.map(({ field, message }) => ({
      field: `settings.${field}`,
      code: 'invalid_setting',
      message,
    }));
    return {
      status: 422,
      body: { message: `${error.message}.`, code: 'invalid_request_parameters', errors },
    };
  }
  if (error instanceof InvalidRequest) {
    const errors = error.problems.map(({ field, message }) => ({
      field: `request.${field}`,
      code: 'invalid_setting',
      message,
    }));
    return {
      status: 422,
      body: { message: `${error.message}.`, code: 'invalid_request_parameters', errors },
    };
  }
  if (holdsNul(error)) {
    const message = 'The request holds NUL (U+0000) in a text. No text here may hold it.';
    return answer(422, 'invalid_request_parameters', message);
  }
  const status = frameworkStatusOf(error);
  switch (status) {
    case undefined:
      return answer(
        500,
        'internal_error',
        'Something went wrong on our side. The log has the cause under the id in X-Request-ID.',
      );
    case 404:
      return nothingThere(request, routes.at(pathOf(request)));
    case 413:
      return answer(413, 'body_too_large', 'The body is too large.');
    case 414:
      return answer(414, 'path_too_long', 'The path is too long: no id has as many characters.');
    case 415:
      return answer(415, 'unsupported_media_type', 'Send application/json.');
    default:
      return answer(status, 'bad_request', (error as Error).message);
  }
}

/** RFC 9110 §15.5.6: at a path that others have, the methods are named. */
function nothingThere(request: FastifyRequest, methods: string[] | undefined): ApiAnswer {
  const { method } = request;
  const path = pathOf(request);
  if (!methods || methods.includes(method))
    return answer(404, 'route_not_found', `There is nothing at ${method} ${path}.`);
  const allow = methods.join(', ');
  const message = `${path} has no ${method}. It has ${allow}.`;
  return { ...answer(405, 'method_not_allowed', message), allow };
}

// PostgreSQL refuses it in a text and in JSON, with a code for each; nothing was done.
const NUL_REFUSED = ['22021', '22P05'];

function holdsNul(error: unknown): boolean {
  const refusal = (error as { driverError?: unknown } | null)?.driverError ?? error;
  const code = (refusal as { code?: unknown } | null)?.code;
  return typeof code === 'string' && NUL_REFUSED.includes(code);
}

function answer(status: number, code: string, message: string): ApiAnswer {
  return { status, body: { message, code } };
}
