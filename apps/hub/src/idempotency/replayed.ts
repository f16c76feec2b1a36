import type { FastifyReply } from 'fastify';

/** Not an error: it was done already, and the answer of then is the answer. Thrown, so that nothing is done again. */
export class Replayed extends Error {
  constructor(
    private readonly status: number,
    private readonly body: string | null,
  ) {
    super('an answer of before');
    this.name = 'Replayed';
  }

  send(reply: FastifyReply): void {
    reply.header('idempotent-replayed', 'true').status(this.status);
    if (this.body === null) void reply.send();
    else void reply.type('application/json; charset=utf-8').send(this.body);
  }
}
