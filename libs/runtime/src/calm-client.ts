/** A connection to PostgreSQL whose end never ends the program, and that says together what it is told together. */
import type { Duplex } from 'node:stream';
import pg from 'pg';

/**
 * A pool takes its own listener off the client that it hands out, and whoever gets the client puts one on a moment later. A
 * server that stops may say so within that moment, in the same packet as its last answer; an `error` that nobody listens to
 * would end the process. Nothing is hidden: what the client is asked next fails with the same error.
 */
export class CalmClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }

  /**
   * Statements that are asked for in one go are one write to the socket: with small statements, writing is a good part of
   * what they cost.
   */
  override query: pg.Client['query'] = ((...asked: Parameters<pg.Client['query']>) => {
    const { stream } = (this as unknown as { connection: { stream: Duplex } }).connection;
    stream.cork();
    queueMicrotask(() => stream.uncork());
    return super.query(...asked);
  }) as pg.Client['query'];
}
