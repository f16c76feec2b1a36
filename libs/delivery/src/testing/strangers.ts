/** Servers that behave as strangers do, on real sockets of the loopback. */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { generate } from 'selfsigned';

export interface Stranger {
  port: number;
  url: string;
  /** Connections that were ever made to it. */
  connections: number;
  /** Those that are open now. */
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

type Behaviour = (socket: Socket, heard: string) => void;

/** @param behave what it does with a connection whenever something arrives. */
export function stranger(behave: Behaviour): Promise<Stranger> {
  return opened(createServer(), 'connection', { behave, scheme: 'http' });
}

/** The same behind TLS. */
export function secureStranger(options: TlsOptions, behave: Behaviour): Promise<Stranger> {
  return opened(createTlsServer(options), 'secureConnection', { behave, scheme: 'https' });
}

async function opened(
  server: Server,
  event: string,
  { behave, scheme }: { behave: Behaviour; scheme: string },
): Promise<Stranger> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    found.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on(event, (socket: Socket) => {
    socket.on('error', () => {}).on('data', (chunk) => behave(socket, chunk.toString()));
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const found: Stranger = {
    port,
    url: `${scheme}://127.0.0.1:${port}/hook`,
    connections: 0,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
  return found;
}

/** An answer of a status line, perhaps headers after it, and a body. */
export function answered(head: string, body = ''): string {
  return `HTTP/1.1 ${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export interface Issued {
  /** PEM. */
  cert: string;
  /** PEM. */
  key: string;
}

export interface Issuing {
  /** The names and addresses that it is good for. */
  names?: string[];
  addresses?: string[];
  from?: Date;
  until?: Date;
}

/** A certificate authority of the test's own. */
export async function authority(
  name: string,
): Promise<Issued & { issue(common: string, how?: Issuing): Promise<Issued> }> {
  const own = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { cert: own.cert, key: own.private };
  return {
    ...ca,
    issue: (common, how = {}) => issue(common, { ...how, ca }),
  };
}

/** @param ca without it, the certificate is self-signed. */
export async function issue(
  common: string,
  { names = [], addresses = [], from, until, ca }: Issuing & { ca?: Issued },
): Promise<Issued> {
  const made = await generate([{ name: 'commonName', value: common }], {
    algorithm: 'sha256',
    keyType: 'ec',
    ...(from ? { notBeforeDate: from } : {}),
    ...(until ? { notAfterDate: until } : {}),
    ...(ca ? { ca } : {}),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...addresses.map((ip) => ({ type: 7 as const, ip })),
          ...(names.length + addresses.length === 0 ? [{ type: 2 as const, value: common }] : []),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
