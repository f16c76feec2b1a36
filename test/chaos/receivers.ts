/** The receivers of a run: real HTTP servers that remember every request, and behave as badly as they were made to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { freePort } from '../support/free-port.js';
import { Exchange, type Behaviour } from './exchange.js';
import { readsOf, type Reading } from './reading.js';
import type { Acknowledgement } from './recording.js';
import { Seen } from './seen.js';

export interface Receiver {
  name: string;
  behaves: Behaviour;
  /** It goes on like this when all others have become well. */
  incurable?: true;
  /** Of the main server unless it has one of its own, or a name of its own. */
  at?: 'own port' | 'moving name';
}

/** A name in the internet's own sense, for the run: it is at home here, and now and then somewhere it must not lead to. */
const MOVING_NAME = 'moving.chaos.example';
const HOME = '127.0.0.1';
/** Not among the networks that the run allows, and reachable all the same: who goes there is seen. */
const ELSEWHERE = '127.0.0.2';

const TRAP = '/trap';
const MOVES_EVERY_IN_MILLISECONDS = 4_000;

export class Receivers {
  readonly seen = new Seen();
  /** What must never happen. */
  readonly incidents: string[] = [];
  private readonly readings = new Map<string, Reading>();
  private readonly open = new Set<Exchange>();
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private ownServer: Server | undefined;
  private moving: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private healed = false;

  private constructor(
    private readonly receivers: ReadonlyMap<string, Receiver>,
    private readonly ports: { main: number; own: number },
    /** Read by the programs: names and their addresses. */
    private readonly hostsFile: string,
  ) {}

  static async start(receivers: readonly Receiver[], hostsFile: string): Promise<Receivers> {
    const ports = { main: await freePort(), own: await freePort() };
    const byName = new Map(receivers.map((receiver) => [receiver.name, receiver]));
    const all = new Receivers(byName, ports, hostsFile);
    await all.moveTo(HOME);
    await all.listen(ports.main, HOME, (request, response) => all.receive(request, response));
    await all.openOwnPort();
    // Not every system has this address. Where it is missing, nobody can be led there.
    await all
      .listen(ports.main, ELSEWHERE, (_request, response) => all.trapped('a name that moved', response))
      .catch(() => {});
    return all;
  }

  urlOf({ name, at }: Receiver): string {
    const host = at === 'moving name' ? MOVING_NAME : HOME;
    return `http://${host}:${at === 'own port' ? this.ports.own : this.ports.main}/${encodeURIComponent(name)}`;
  }

  /** Two ways to lead a sender astray: the metadata service of clouds, and a place of ours that would notice. */
  get redirects(): string[] {
    return ['http://169.254.169.254/latest/meta-data/', `http://${HOME}:${this.ports.main}${TRAP}`];
  }

  /** From now on requests to this path are the destination's. */
  adopt(receiver: Receiver, reading: Reading): void {
    this.readings.set(receiver.name, reading);
  }

  /** Ports close and names move, to and fro. */
  startMoving(): void {
    let away = false;
    this.timer = setInterval(() => {
      away = !away;
      void this.move(away);
    }, MOVES_EVERY_IN_MILLISECONDS);
  }

  /** From now on everybody answers at once, but for those who never learn. */
  async heal(): Promise<void> {
    clearInterval(this.timer);
    this.healed = true;
    await this.move(false);
    for (const exchange of this.open) exchange.heal();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.moving;
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((done) => server.close(done))));
  }

  /** One after the other: a port can be opened again only when it has been closed. */
  private move(away: boolean): Promise<void> {
    this.moving = this.moving.then(async () => {
      await this.moveTo(away ? ELSEWHERE : HOME);
      if (away) this.closeOwnPort();
      else await this.openOwnPort();
    });
    return this.moving;
  }

  private closeOwnPort(): void {
    this.ownServer?.close();
    this.ownServer?.closeAllConnections();
    this.ownServer = undefined;
  }

  private async openOwnPort(): Promise<void> {
    this.ownServer ??= await this.listen(this.ports.own, HOME, (request, response) =>
      this.receive(request, response),
    );
  }

  private moveTo(address: string): Promise<void> {
    return writeFile(this.hostsFile, JSON.stringify({ [MOVING_NAME]: address }));
  }

  private async listen(
    port: number,
    host: string,
    handle: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<Server> {
    const server = createServer(handle);
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
    this.servers.push(server);
    return server;
  }

  private receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === TRAP) return this.trapped('a redirect', response);
    const receiver = this.receivers.get(decodeURIComponent((request.url ?? '').slice(1)));
    const reading = receiver && this.readings.get(receiver.name);
    if (!receiver || !reading) {
      this.incidents.push(`somebody called ${request.url}, which belongs to no destination`);
      return void response.writeHead(404).end();
    }
    const arrival = this.seen.arrival(reading.id, String(request.headers['x-chaos-sender']));
    const say = (acknowledgement: Acknowledgement): void => {
      Object.assign(arrival, { acknowledgement, answered: this.seen.tick(), answeredAt: Date.now() });
    };
    const end = (): void => {
      this.open.delete(exchange);
      arrival.ended ??= this.seen.tick();
      arrival.endedAt ??= Date.now();
    };
    const exchange = new Exchange(response, { say, end });
    this.open.add(exchange);
    response.on('close', end);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      void readsOf(reading, request.headers, Buffer.concat(chunks)).then(({ subject, ...read }) => {
        Object.assign(arrival, read);
        exchange.about = { key: read.about, person: subject };
        // Who had not sent all of it has sent nothing that anybody could act on.
        this.seen.keep(arrival);
        if (this.healed && !receiver.incurable) exchange.accept();
        else receiver.behaves(exchange);
      });
    });
  }

  private trapped(what: string, response: ServerResponse): void {
    this.incidents.push(`${what} was followed to where it must not lead`);
    response.writeHead(200).end();
  }
}
