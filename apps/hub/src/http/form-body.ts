/** Bodies of `application/x-www-form-urlencoded`: for the token endpoint of OAuth, and for nothing else. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

const ROUTE = '/oauth/token';
// A signed assertion with a long chain of claims has a few thousand characters.
const LIMIT_IN_BYTES = 65_536;

/** As Fastify would answer, had nobody taught it the type. */
class UnsupportedMediaType extends Error {
  readonly statusCode = 415;
}

class BodyTooLarge extends Error {
  readonly statusCode = 413;
}

export function readForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('application/x-www-form-urlencoded', read);
}

async function read(request: FastifyRequest, payload: AsyncIterable<Buffer>): Promise<URLSearchParams> {
  if (request.routeOptions.url !== ROUTE) throw new UnsupportedMediaType('Unsupported Media Type');
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of payload) {
    length += piece.length;
    if (length > LIMIT_IN_BYTES) throw new BodyTooLarge('Request body is too large');
    pieces.push(piece);
  }
  return new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
}
