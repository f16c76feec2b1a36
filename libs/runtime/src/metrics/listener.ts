/** The port that Prometheus asks: `GET /metrics` and nothing else, apart from what identity providers and apps can reach. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.js';

export interface MetricsListenerOptions {
  host: string;
  /** 0: the system chooses. */
  port: number;
  /** What scrapers must show; undefined: nothing. */
  token: string | undefined;
}

export class MetricsListener {
  private constructor(private readonly server: Server) {}

  /** @throws with a sentence that says what to do, when the port is taken. */
  static async open(metrics: Metrics, options: MetricsListenerOptions): Promise<MetricsListener> {
    const server = createServer((request, response) => void answer(metrics, options, request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(unopened(error, options)));
      server.listen(options.port, options.host, resolve);
    });
    return new MetricsListener(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

async function answer(
  metrics: Metrics,
  { token }: MetricsListenerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const say = (status: number, text: string, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  try {
    if (request.url?.split('?', 1)[0] !== '/metrics') return say(404, 'There is only GET /metrics here.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return say(405, 'Ask with GET.\n', { allow: 'GET, HEAD' });
    if (token !== undefined && !shows(request, token))
      return say(401, 'Send "Authorization: Bearer" with ROLLCALL_METRICS_TOKEN.\n', {
        'www-authenticate': 'Bearer',
      });
    say(200, await metrics.text(), { 'content-type': metrics.contentType });
  } catch (error) {
    say(500, `${(error as Error).message}\n`);
  }
}

function shows({ headers }: IncomingMessage, token: string): boolean {
  const shown = /^bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(shown), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function unopened(error: Error, { host, port }: MetricsListenerOptions): Error {
  return new Error(
    `the metrics port ${host}:${port} could not be opened: ${error.message}. ` +
      'Give each program on this machine a ROLLCALL_METRICS_PORT of its own, or leave it out.',
    { cause: error },
  );
}
