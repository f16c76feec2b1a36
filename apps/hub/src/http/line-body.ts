/** Bodies of one JSON value a line, which may be larger than memory: routes that ask for it get them unread. */
import type { FastifyContextConfig, FastifyInstance } from 'fastify';

/** The config of a route that reads its body itself. */
export const UNREAD_NDJSON = { unreadNdjson: true };

/** Thrown for such a body where nobody would read it. */
class NoLinesHere extends Error {
  readonly statusCode = 415;
  constructor() {
    super('This route reads no lines');
    this.name = 'NoLinesHere';
  }
}

export function passOnLines(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(
    ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    (request, payload, done) => {
      const config = request.routeOptions.config as FastifyContextConfig & Partial<typeof UNREAD_NDJSON>;
      if (config.unreadNdjson) done(null, payload);
      else done(new NoLinesHere(), undefined);
    },
  );
}
