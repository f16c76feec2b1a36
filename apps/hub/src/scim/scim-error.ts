/** Every error in SCIM's words: RFC 7644 §3.12. */
import type { FastifyRequest } from 'fastify';
import {
  DirectoryClosed,
  MemberOfItself,
  NameTaken,
  PreconditionFailed,
  RequiredAttributeMissing,
  TransactionFailed,
  UnknownMembers,
  UnknownResource,
} from '@app/provisioning';
import { isDatabaseAway } from '@app/runtime';
import { entityTag, ScimError, type ScimType } from '@app/scim';
import { NotLetIn, TooManyRequests } from '../access/refusals.js';
import { frameworkStatusOf, type Answer } from '../http/all-errors.filter.js';
import { isScimV1 } from '../scim-v1/root.js';
import { BodyIsNotJson, PathHoldsNul, pathOf, routeOf } from '../http/server.js';

export interface ScimAnswer extends Answer {
  detail: string;
  scimType?: ScimType;
}

/** A method that there is not at a path where there are others: RFC 9110 §15.5.6. */
export class MethodNotAllowed extends ScimError {
  readonly allow: string;

  constructor(request: FastifyRequest, methods: string[]) {
    const allow = methods.join(', ');
    super(405, `${request.method} is not possible at ${pathOf(request)}. What is: ${allow}.`);
    this.name = 'MethodNotAllowed';
    this.allow = allow;
  }
}

/** A path that nothing has. */
export class NothingThere extends ScimError {
  constructor(request: FastifyRequest) {
    super(
      404,
      `There is nothing at ${request.method} ${pathOf(request)}. The endpoints are ${endpointsAt(routeOf(request))}.`,
    );
    this.name = 'NothingThere';
  }
}

export const PATH_TOO_LONG = 'The path is too long: no id has as many characters.';

const IDS_NAMED = 10;
const RETRY_AFTER_IN_SECONDS = 1;

export function scimAnswerOf(error: unknown, request: FastifyRequest): ScimAnswer {
  return ofRequest(error) ?? ofCommand(error) ?? ofFramework(error, request) ?? OUR_FAULT;
}

const OUR_FAULT: ScimAnswer = {
  status: 500,
  detail:
    'Something went wrong on our side. The operator finds the cause in the log under the id in X-Request-ID.',
};

function ofRequest(error: unknown): ScimAnswer | undefined {
  if (error instanceof ScimError) {
    return {
      status: error.status,
      detail: error.detail,
      ...(error.scimType ? { scimType: error.scimType } : {}),
      ...(error instanceof MethodNotAllowed ? { allow: error.allow } : {}),
      ...(error instanceof NotLetIn ? { challenge: error.challenge } : {}),
      ...(error instanceof TooManyRequests ? { retryAfterInSeconds: error.retryAfterInSeconds } : {}),
    };
  }
  if (error instanceof BodyIsNotJson) {
    return { status: 400, scimType: 'invalidSyntax', detail: `${error.message}. Send one JSON object.` };
  }
  if (error instanceof PathHoldsNul)
    return { status: 400, scimType: 'invalidValue', detail: `${error.message}.` };
  return undefined;
}

function ofCommand(error: unknown): ScimAnswer | undefined {
  if (error instanceof UnknownResource) {
    return {
      status: 404,
      detail: `${error.type} ${error.id} was not found. Look it up with a filter, or create it.`,
    };
  }
  if (error instanceof NameTaken) {
    const holder = error.holderId ? ` by ${error.holderId}` : '';
    const detail = `${error.attribute} is in use${holder} in this directory. Update that ${error.type.toLowerCase()}, or choose another ${error.attribute}.`;
    return { status: 409, scimType: 'uniqueness', detail };
  }
  if (error instanceof PreconditionFailed) {
    return {
      status: 412,
      detail: `${error.id} has the version ${entityTag(error.version)} by now. Read it again, then send what is still wanted.`,
    };
  }
  if (error instanceof UnknownMembers) {
    const named = error.ids.slice(0, IDS_NAMED).join(', ');
    const detail = `None of the members named exists in this directory (${named}). Provision them first, then add them by their id.`;
    return { status: 400, scimType: 'invalidValue', detail };
  }
  if (error instanceof MemberOfItself) {
    return {
      status: 400,
      scimType: 'invalidValue',
      detail: 'A group cannot be a member of itself. Leave it out of members.',
    };
  }
  if (error instanceof RequiredAttributeMissing) {
    const detail = `${error.attribute} is required in this directory, and nobody active may be left without it. Send a value that counts for ${error.path}, or deactivate the person.`;
    return { status: 400, scimType: 'invalidValue', detail };
  }
  if (error instanceof DirectoryClosed) {
    return {
      status: 401,
      detail: 'The directory of this token was deleted. Connect to a new one.',
      challenge: 'Bearer realm="scim", error="invalid_token"',
    };
  }
  if (isDatabaseAway(error)) {
    const detail = 'The database cannot be reached right now. Send the same request again.';
    return { status: 503, detail, retryAfterInSeconds: RETRY_AFTER_IN_SECONDS };
  }
  if (error instanceof TransactionFailed) {
    const detail = 'The change was not confirmed. Send the same request again: nothing is done twice.';
    return { status: 503, detail, retryAfterInSeconds: RETRY_AFTER_IN_SECONDS };
  }
  return undefined;
}

function endpointsAt(route: string): string {
  return isScimV1(route)
    ? 'Users, Groups, ServiceProviderConfigs and Schemas'
    : 'Users, Groups, ServiceProviderConfig, ResourceTypes, Schemas and Bulk';
}

function ofFramework(error: unknown, request: FastifyRequest): ScimAnswer | undefined {
  const status = frameworkStatusOf(error);
  switch (status) {
    case undefined:
      return undefined;
    case 404:
      return { status, detail: new NothingThere(request).detail };
    case 406:
      return {
        status,
        detail:
          'The Accept header allows no type that there is. Accept application/scim+json or application/json.',
      };
    case 413:
      return { status, detail: tooLarge(request) };
    case 414:
      return { status, detail: PATH_TOO_LONG };
    case 415:
      return {
        status,
        detail: 'The content type is not supported. Send application/scim+json or application/json.',
      };
    default:
      return { status, detail: `The request cannot be read: ${(error as Error).message}.` };
  }
}

/** RFC 7644 §3.7.4: whoever sends too large a bulk is told the limit, by the name that ServiceProviderConfig has for it. */
function tooLarge(request: FastifyRequest): string {
  const remedy = 'Send fewer members or operations in one request, or raise ROLLCALL_SCIM_BODY_LIMIT_BYTES.';
  if (!/\/Bulk\/?$/.test(pathOf(request))) return `The body is too large. ${remedy}`;
  const limit = request.routeOptions.bodyLimit;
  return `The size of the bulk operation exceeds the maxPayloadSize (${limit}). ${remedy}`;
}
