/** Fastify as this hub needs it: two JSON types, empty bodies, trailing slashes, a request id on every answer. */
import { METHODS, type IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newId, type Observations } from '@app/runtime';
import { answerTypeOf, SCIM_JSON } from '../scim/media-type.js';
import { otherFormatWanted } from '../scim-v1/json-only.js';
import { isScimV1, withoutJsonSuffix } from '../scim-v1/root.js';
import { readForms } from './form-body.js';
import { passOnLines } from './line-body.js';
import { overrideMethod } from './method-override.js';
import { refuseReservedNames } from './reserved-names.js';
import { answerUnreadable } from './unreadable.js';

export const SCIM_PREFIX = '/scim/';

/** Thrown for a body that is not JSON; the filters give it the words of the API that was called. */
export class BodyIsNotJson extends Error {
  constructor(cause: unknown) {
    super('The body is not valid JSON', { cause });
    this.name = 'BodyIsNotJson';
  }
}

/** A path that holds NUL, which no id can: PostgreSQL would refuse the whole transaction that looks for it. */
export class PathHoldsNul extends Error {
  readonly statusCode = 400;
  constructor() {
    super('The path holds NUL, which no id can hold');
    this.name = 'PathHoldsNul';
  }
}

/** The caller can read none of the types that there are; it is told so before anything is done for it. */
export class NotAcceptable extends Error {
  readonly statusCode = 406;
  constructor() {
    super('The Accept header allows neither application/scim+json nor application/json');
    this.name = 'NotAcceptable';
  }
}

export interface SizedRequest extends FastifyRequest {
  /** Of a JSON body that was read, as it was sent. */
  bodyBytes?: number;
}

export interface ServerOptions {
  bodyLimitInBytes: number;
  /** Networks of the proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  /** Answers what Fastify refuses before it knows a route, such as a path that is no URL; its own words would break SDKs. */
  answerError(error: Error, request: FastifyRequest, reply: FastifyReply): void;
  observations: Observations;
}

export function makeAdapter({
  bodyLimitInBytes,
  trustedProxies,
  answerError,
  observations,
}: ServerOptions): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: bodyLimitInBytes,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('x-request-id', request.id);
      answerError(error, request, reply);
    },
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, observations),
    // Entra's own test collection asks for `/Users/?filter=…`, and OneLogin ends its paths with `?`.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 200 },
    rewriteUrl: (request: IncomingMessage) => {
      overrideMethod(request);
      return withoutJsonSuffix(request.url ?? '/');
    },
    genReqId: () => newId('req', new Date()),
    // Slow requests are ended rather than kept: identity providers close their side after 60 seconds.
    requestTimeout: 65_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
  });
}

export function dress(fastify: FastifyInstance, observations: Observations): void {
  // Every method that Node knows reaches our routes, and so is refused in the words of the API.
  for (const method of METHODS) {
    if (!fastify.supportedMethods.includes(method) && method !== 'CONNECT') fastify.addHttpMethod(method);
  }
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    ['application/json', 'application/scim+json', 'text/json'],
    { parseAs: 'string' },
    (request, body, done) => {
      // A body that came in chunks has no length in its headers.
      (request as SizedRequest).bodyBytes = Buffer.byteLength(body);
      // SDKs send `Content-Type: application/json` with GET and DELETE, which have no body.
      if (body.length === 0) return done(null, undefined);
      try {
        done(null, parsedBody(body as string, request));
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  );
  readForms(fastify);
  passOnLines(fastify);
  fastify.addHook('onRequest', (request, reply, next) => {
    reply.header('x-request-id', request.id);
    const path = pathOf(request);
    next(/%00/.test(path) ? new PathHoldsNul() : otherFormatWanted(path, request.headers.accept));
  });
  // After every onRequest hook: who one is comes before what one can read.
  fastify.addHook('preParsing', (request, _reply, payload, next) => {
    const readable = !isScimV2(routeOf(request)) || answerTypeOf(request.headers.accept);
    next(readable ? null : new NotAcceptable(), payload);
  });
  // SCIM's media type on every answer that has a body: RFC 7644 §8.1, draft-scim-api-01 §3.6. A hook, since an interceptor costs every request.
  fastify.addHook('preSerialization', (request, reply, payload, next) => {
    if (routeOf(request).startsWith(SCIM_PREFIX)) reply.type(mediaTypeOf(request));
    next(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, next) => {
    observations.info('request', {
      requestId: request.id,
      api: apiOf(request),
      method: request.method,
      // Without the query: a filter names people.
      path: pathOf(request),
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      ...callerOf(request),
    });
    next();
  });
}

/** What ignores members that it does not know, as its standard asks: nothing of theirs gets lost on the way. */
const LENIENT = /^\/(?:scim|oauth|ssf\/(?!clients))/;

/** @throws BodyIsNotJson @throws ReservedName */
function parsedBody(text: string, request: FastifyRequest): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new BodyIsNotJson(error);
  }
  if (!LENIENT.test(routeOf(request))) refuseReservedNames(text, body);
  return body;
}

/** The media type of what SCIM answers to a request. */
export function mediaTypeOf(request: FastifyRequest): string {
  const type = isScimV1(routeOf(request))
    ? 'application/json'
    : (answerTypeOf(request.headers.accept) ?? SCIM_JSON);
  return `${type}; charset=utf-8`;
}

/** A path can be written in many ways, `//scim/…` or `/%73cim/…`; a route has one. Where there is no route, the path must do. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions?.url ?? request.url;
}

/** Which of our APIs was called, by its route. */
function apiOf(request: FastifyRequest): 'scim' | 'oauth' | 'api' {
  const route = routeOf(request);
  if (route.startsWith(SCIM_PREFIX)) return 'scim';
  return route.startsWith('/oauth/') ? 'oauth' : 'api';
}

function isScimV2(url: string): boolean {
  return url.startsWith(SCIM_PREFIX) && !isScimV1(url);
}

export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

/** Ids only: which directory, and by which of its tokens. */
function callerOf(request: FastifyRequest): { directory?: string; token?: string } {
  const { directory, tokenId } = request as { directory?: { id: string }; tokenId?: string };
  return { ...(directory ? { directory: directory.id } : {}), ...(tokenId ? { token: tokenId } : {}) };
}
