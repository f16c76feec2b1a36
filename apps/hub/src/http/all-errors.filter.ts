/** Every error of every route ends here and leaves in the words of the API that was called. */
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Observations } from '@app/runtime';
import { errorBodyV1, scimErrorBody } from '@app/scim';
import { apiErrorOf } from '../consumer/api-error.js';
import { Replayed } from '../idempotency/replayed.js';
import { OAUTH_PREFIX, oauthAnswerOf } from '../oauth/oauth-error.js';
import { notesOf } from '../scim/request-notes.js';
import { scimAnswerOf } from '../scim/scim-error.js';
import { isScimV1 } from '../scim-v1/root.js';
import type { Routes } from './routes.js';
import { mediaTypeOf, pathOf, routeOf, SCIM_PREFIX } from './server.js';

/** What both APIs need to know of an error before they find their own words for it. */
export interface Answer {
  status: number;
  retryAfterInSeconds?: number;
  /** Of a 401: how to show who one is (RFC 9110 §11.6.1); of a 403: what it takes (RFC 6750 §3.1). */
  challenge?: string;
  /** Of a 405. */
  allow?: string;
}

@Catch()
export class AllErrorsFilter implements ExceptionFilter {
  constructor(
    private readonly observations: Observations,
    private readonly routes: Routes,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (error instanceof Replayed) return error.send(reply);
    const route = routeOf(request);
    if (route.startsWith(SCIM_PREFIX)) {
      const answer = scimAnswerOf(error, request);
      notesOf(request).refusal = answer;
      const body = isScimV1(route) ? errorBodyV1(answer) : scimErrorBody(answer);
      this.send(reply, answer, mediaTypeOf(request), body);
      this.report(answer, error, request);
    } else if (route.startsWith(OAUTH_PREFIX)) {
      const answer = oauthAnswerOf(error, request);
      // RFC 6749 §5.1 and §5.2.
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
      this.send(reply, answer, 'application/json; charset=utf-8', answer.body);
      this.report(answer, error, request);
    } else {
      const answer = apiErrorOf(error, request, this.routes);
      this.send(reply, answer, 'application/json; charset=utf-8', answer.body);
      this.report(answer, error, request);
    }
  }

  private send(reply: FastifyReply, answer: Answer, type: string, body: object): void {
    if (answer.retryAfterInSeconds !== undefined)
      reply.header('retry-after', String(answer.retryAfterInSeconds));
    if (answer.status === 401 || answer.challenge !== undefined)
      reply.header('www-authenticate', answer.challenge ?? 'Bearer');
    if (answer.allow !== undefined) reply.header('allow', answer.allow);
    void reply.status(answer.status).type(type).send(JSON.stringify(body));
  }

  private report({ status }: Answer, error: unknown, request: FastifyRequest): void {
    const fields = { requestId: request.id, method: request.method, path: pathOf(request), status, error };
    // What is not implemented is no failure, however often it is asked for.
    if (status >= 500 && status !== 501) this.observations.error('request failed', fields);
    else this.observations.debug('request refused', fields);
  }
}

/** The status of errors that no room of ours raised: the framework's, and the parser's. Undefined: it is our fault. */
export function frameworkStatusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
