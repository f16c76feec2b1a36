/** The app at the other end: takes every POST, answers 200, and keeps what came for whoever waits for it. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

const PATIENCE_IN_MILLISECONDS = 20_000;

export class Receiver {
  private readonly kept = new Map<string, Received[]>();
  private readonly waiting = new Map<string, (received: Received) => void>();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.end();
        this.take(request.url ?? '', {
          headers: request.headers,
          body: Buffer.concat(parts).toString('utf8'),
        });
      });
    });
  }

  static async open(port: number): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', resolve),
    );
    return new Receiver(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next request to this path that nobody has asked for yet. */
  next(path: string): Promise<Received> {
    const kept = this.kept.get(path)?.shift();
    if (kept) return Promise.resolve(kept);
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () =>
          reject(
            new Error(
              `nothing came to ${path} within ${PATIENCE_IN_MILLISECONDS / 1_000} s. Does a worker run?`,
            ),
          ),
        PATIENCE_IN_MILLISECONDS,
      );
      this.waiting.set(path, (received) => {
        clearTimeout(late);
        resolve(received);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private take(path: string, received: Received): void {
    const waiting = this.waiting.get(path);
    this.waiting.delete(path);
    if (waiting) waiting(received);
    else this.kept.set(path, [...(this.kept.get(path) ?? []), received]);
  }
}
