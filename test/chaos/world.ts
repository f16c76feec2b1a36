/** Everything that a run is made of: a database, perhaps a Redis, hubs and workers as processes, receivers and writers. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { Dice } from '../fuzz/dice.js';
import { TestHub } from '../support/hub.js';
import { freePort } from '../support/free-port.js';
import { runProgram } from '../support/program.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { castOf, ORGANIZATIONS, type Role } from './cast.js';
import { makeDestination } from './destinations.js';
import { Door, type Patience } from './door.js';
import { HUBS, WORKERS } from './plan.js';
import { Poller } from './poller.js';
import type { Reading } from './reading.js';
import { Reaper } from './reaper.js';
import { Receivers } from './receivers.js';
import type { DestinationFacts } from './recording.js';
import { ChaosDatabase } from './server.js';
import type { Backend } from './settings.js';
import { Supervised } from './supervised.js';
import { Writer } from './writer.js';

const DIRECTORIES = 5;
const LANES_IN_EACH = 2;
/** Only where receivers are at home; the rest of the machine is as private as any other private network. */
const ALLOWED_NETWORK = '127.0.0.1/32';

const INSIDE = pathToFileURL(join(process.cwd(), 'test', 'chaos', 'inside.mjs')).href;

export class World {
  readonly patience: Patience = { retries: 0, incidents: [], isOver: false };
  hubs: Supervised[] = [];
  workers: Supervised[] = [];
  writers: Writer[] = [];
  destinations: DestinationFacts[] = [];
  pollers: Poller[] = [];
  receivers!: Receivers;
  redis: TestRedis | undefined;
  /** Where the log was when the destinations had been made. */
  began = 0;
  /** Of each hub. */
  clients: TestHub[] = [];
  private readonly reaper = new Reaper();
  private readonly apiKey = `sk_${randomBytes(24).toString('hex')}`;
  private readonly secretKey = randomBytes(32).toString('base64');
  private ports: number[] = [];

  private constructor(
    readonly backend: Backend,
    readonly database: ChaosDatabase,
    private readonly folder: string,
    private readonly dice: Dice,
  ) {}

  static async start({ backend, seed }: { backend: Backend; seed: number }): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-chaos-names-'));
    const world = new World(backend, await ChaosDatabase.start(), folder, new Dice(seed));
    try {
      await world.build();
      return world;
    } catch (error) {
      await world.end();
      throw error;
    }
  }

  get programs(): Supervised[] {
    return [...this.hubs, ...this.workers];
  }

  /** Runs one of the command line's verbs against this database. @returns its exit code and what it said. */
  async verb(name: string): Promise<{ code: number | null; output: string }> {
    const program = runProgram(name, this.settings());
    this.reaper.watch(program.pid);
    const { code } = await program.ended;
    return { code, output: program.output() };
  }

  async end(): Promise<void> {
    this.patience.isOver = true;
    await Promise.all(this.programs.map((program) => program.end()));
    await Promise.all(this.clients.map((client) => client.close()));
    await this.receivers?.close();
    await this.redis?.stop();
    await this.database.end();
    await rm(this.folder, { recursive: true, force: true });
    this.reaper.dismiss();
  }

  private async build(): Promise<void> {
    if (this.backend === 'redis') this.redis = await startRedis();
    this.ports = await Promise.all(Array.from({ length: HUBS }, () => freePort()));
    const roles = castOf(this.dice, () => this.receivers.redirects);
    this.receivers = await Receivers.start(roles, this.hostsFile);
    this.hubs = this.ports.map((port, index) => this.supervised('hub', index, { PORT: String(port) }));
    this.workers = Array.from({ length: WORKERS }, (_, index) => this.supervised('worker', index));
    await Promise.all(this.programs.map((program) => program.start()));
    this.clients = this.ports.map((port) => TestHub.at(`http://127.0.0.1:${port}`, this.apiKey));
    await this.furnish(roles);
  }

  /** Organizations and directories first, so that everything destinations hear of is what writers do. */
  private async furnish(roles: readonly Role[]): Promise<void> {
    const hub = this.clients[0]!;
    const organizations: string[] = [];
    for (let index = 0; index < ORGANIZATIONS; index += 1)
      organizations.push(await hub.makeOrganization(`Organization ${index}`));
    for (let index = 0; index < DIRECTORIES; index += 1) {
      const directory = await hub.connect({ organizationId: organizations[index % ORGANIZATIONS]! });
      for (let lane = 0; lane < LANES_IN_EACH; lane += 1) {
        // Dice of their own: the order in which lanes come to throw is nobody's to say.
        const dice = new Dice(this.dice.below(2 ** 31));
        const door = new Door(directory, this.clients, dice, this.patience);
        this.writers.push(new Writer(`lane ${index * LANES_IN_EACH + lane}`, door, dice));
      }
    }
    const keys = (await hub.send({ method: 'GET', path: '/.well-known/jwks.json' })).body;
    const jwks = createLocalJWKSet(keys as unknown as JSONWebKeySet);
    for (const role of roles) {
      const organizationId = role.organization === null ? null : organizations[role.organization]!;
      const wish = { role, url: this.receivers.urlOf(role), organizationId };
      const { facts, secret, clientId, pollUrl, token } = await makeDestination(hub, wish);
      const { id, protocol } = facts;
      const reading = { id, protocol, url: wish.url, secret, jwks, issuer: this.publicUrl, clientId };
      this.destinations.push(facts);
      if (pollUrl === undefined) this.receivers.adopt(role, reading);
      else this.pollers.push(this.poller(reading, { path: new URL(pollUrl).pathname, token }));
    }
    this.began = await hub.logPosition();
  }

  private poller(reading: Reading, stream: { path: string; token: string }): Poller {
    const hubs = this.ports.map((port) => `http://127.0.0.1:${port}`);
    const { seen } = this.receivers;
    const dice = new Dice(this.dice.below(2 ** 31));
    return new Poller({ reading, ...stream, hubs, dice, seen, patience: this.patience });
  }

  private supervised(verb: 'hub' | 'worker', index: number, more: Record<string, string> = {}): Supervised {
    const name = `${verb}-${index}`;
    const inside = { NODE_OPTIONS: `--import=${INSIDE}`, CHAOS_NAME: name, CHAOS_HOSTS: this.hostsFile };
    return new Supervised({
      name,
      run: () => runProgram(verb, { ...this.settings(), ...inside, ...more }),
      onProcess: (pid) => this.reaper.watch(pid),
    });
  }

  private settings(): Record<string, string> {
    return {
      DATABASE_URL: this.database.programsUrl,
      ROLLCALL_PUBLIC_URL: this.publicUrl,
      ROLLCALL_API_KEY: this.apiKey,
      ROLLCALL_SECRET_KEY: this.secretKey,
      ROLLCALL_ALLOWED_PRIVATE_NETWORKS: ALLOWED_NETWORK,
      ...(this.redis ? { REDIS_URL: this.redis.url } : {}),
    };
  }

  private get publicUrl(): string {
    return `http://127.0.0.1:${this.ports[0]}`;
  }

  private get hostsFile(): string {
    return join(this.folder, 'hosts.json');
  }
}
