/** Where the world begins: a real HTTP server that keeps what it is sent, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { eventually } from './eventually.js';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly at: Date;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  delayInMilliseconds?: number;
  /** Hang up without an answer. */
  hangUp?: boolean;
}

export class Sink {
  readonly received: ReceivedRequest[] = [];
  private answer: (request: ReceivedRequest, index: number) => Answer | Promise<Answer> = () => ({
    status: 204,
  });
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const seen = { method, path: url, headers, body: Buffer.concat(chunks), at: new Date() };
        const index = this.received.push(seen) - 1;
        void Promise.resolve(this.answer(seen, index)).then((answer) => {
          setTimeout(() => {
            if (answer.hangUp) return response.destroy();
            response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
          }, answer.delayInMilliseconds ?? 0);
        });
      });
    });
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async open(port = 0): Promise<Sink> {
    const sink = new Sink();
    await new Promise<void>((resolve, reject) => {
      sink.server.once('error', reject);
      sink.server.listen(port, '127.0.0.1', resolve);
    });
    return sink;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on; a function is asked for each request. Without any, every request gets 204. */
  answers(answer: Answer | ((request: ReceivedRequest, index: number) => Answer | Promise<Answer>)): void {
    this.answer = typeof answer === 'function' ? answer : () => answer;
  }

  /** The requests, once there are at least this many. */
  async receives(count: number, { withinInSeconds = 10 } = {}): Promise<readonly ReceivedRequest[]> {
    return eventually(
      () => {
        if (this.received.length < count)
          throw new Error(`the sink has received ${this.received.length} of ${count} requests`);
        return this.received;
      },
      { withinInSeconds },
    );
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
