/** A hub to talk to over real HTTP, with the two clients that the world has for it: a directory's and a consumer's. */
import { randomBytes } from 'node:crypto';
import { Pool, type Dispatcher } from 'undici';
import { holdAgainstDocument } from './documented.js';
import { freePort } from './free-port.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { runProgram, type RunningProgram } from './program.js';

export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** As it was sent. */
  text: string;
  /** Parsed; undefined when nothing was sent. */
  body: Body;
}

/** The members of answers that tests go on with; a test that reads one that is not there fails by it. */
export interface Body {
  [name: string]: unknown;
  id: string;
  userName: string;
  totalResults: number;
  itemsPerPage: number;
  Resources: Body[];
  members: { value: string; type: string; display?: string; $ref: string }[];
  groups: { value: string; display?: string; type: string; $ref: string }[];
  meta: { location: string; version: string; created: string; lastModified: string };
  detail: string;
  scim: { base_url: string; bearer_token: string };
  data: Body[];
  list_metadata: { before: string | null; after: string | null };
  log_position: number;
}

export interface HttpRequest {
  method: string;
  path: string;
  /** A text is sent as it is, everything else as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}

interface Named {
  [name: string]: unknown;
  id: string;
}

export interface ReadEvent {
  id: string;
  event: string;
  data: { [name: string]: unknown; id: string; user: Named; group: Named };
  created_at: string;
  context: { sequence: number; cause: string; request_id: string };
}

export class TestHub {
  private readonly pool: Pool;

  private constructor(
    readonly url: string,
    readonly apiKey: string,
    private readonly program?: RunningProgram,
    private readonly database?: FreshDatabase,
  ) {
    this.pool = new Pool(url, { connections: 32 });
  }

  /** Starts a hub on a database of its own. */
  static async start(settings: Record<string, string> = {}): Promise<TestHub> {
    const fresh = await freshDatabase();
    const apiKey = `sk_${randomBytes(24).toString('hex')}`;
    const port = await freePort();
    const program = runProgram('hub', {
      DATABASE_URL: fresh.url,
      PORT: String(port),
      ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
      ROLLCALL_API_KEY: apiKey,
      ...settings,
    });
    try {
      await program.ready;
    } catch (error) {
      await program.stop();
      await fresh.drop();
      throw error;
    }
    return new TestHub(`http://127.0.0.1:${port}`, apiKey, program, fresh);
  }

  /** A hub that runs already, and goes on running afterwards. */
  static at(url: string, apiKey: string): TestHub {
    return new TestHub(url, apiKey);
  }

  async close(): Promise<void> {
    await this.pool.destroy();
    await this.program?.stop();
    await this.database?.drop();
  }

  /** What the hub has logged so far; nothing of a hub that runs already. */
  observations(): Record<string, unknown>[] {
    return this.program?.observations() ?? [];
  }

  /** @param as `text`: the answer is not JSON. */
  async send(
    { method, path, body, headers = {} }: HttpRequest,
    as: 'json' | 'text' = 'json',
  ): Promise<HttpAnswer> {
    const { statusCode, ...answer } = await this.pool.request({
      method: method as Dispatcher.HttpMethod,
      path,
      headers,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const values = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    const content = as === 'json' ? parsed(text) : (undefined as unknown as Body);
    return { status: statusCode, headers: Object.fromEntries(values), text, body: content };
  }

  /** As a consumer of the API does. The answer is what the API's own document says. */
  async api(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const authorization = `Bearer ${this.apiKey}`;
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await this.send({ method, path, body, headers: { authorization, ...type, ...headers } });
    if (answer.headers['content-type']?.startsWith('application/json') || answer.text === '')
      holdAgainstDocument({ method, path, status: answer.status, body: answer.body, asked: body });
    return answer;
  }

  async makeOrganization(name = 'Acme'): Promise<string> {
    return expected(201, await this.api('POST', '/organizations', { name })).body.id;
  }

  /** @param wish.organizationId a new organization unless given. */
  async connect(
    wish: { type?: string; name?: string; organizationId?: string } = {},
  ): Promise<TestDirectory> {
    const organizationId = wish.organizationId ?? (await this.makeOrganization());
    const { type = 'generic scim v2.0', name = 'People' } = wish;
    const answer = await this.api('POST', '/directories', { organization_id: organizationId, name, type });
    const { id, scim } = expected(201, answer).body;
    return new TestDirectory(this, { id, organizationId, token: scim.bearer_token });
  }

  /** All events there are, or all of one organization, oldest first, through as many pages as it takes. */
  async events(organizationId?: string): Promise<ReadEvent[]> {
    const all: ReadEvent[] = [];
    for (let after: string | null | undefined; after !== null;) {
      const query = new URLSearchParams({ limit: '100' });
      if (organizationId) query.set('organization_id', organizationId);
      if (after) query.set('after', after);
      const page = expected(200, await this.api('GET', `/events?${query}`)).body;
      all.push(...(page.data as unknown as ReadEvent[]));
      after = page.list_metadata.after;
    }
    return all;
  }

  /** Where the log ends; the same before and after a request that left no event behind. */
  async logPosition(): Promise<number> {
    return (await this.send({ method: 'GET', path: '/health' })).body.log_position;
  }
}

export class TestDirectory {
  readonly id: string;
  readonly organizationId: string;
  readonly token: string;
  /** Under which its SCIM requests go out: the root that names the directory. */
  readonly root: string;

  constructor(
    readonly hub: TestHub,
    facts: { id: string; organizationId: string; token: string },
    root = '/scim/v2',
  ) {
    this.id = facts.id;
    this.organizationId = facts.organizationId;
    this.token = facts.token;
    this.root = `${root}/${facts.id}`;
  }

  /** The same directory, spoken to below another root: `/scim/v1`. */
  below(root: string): TestDirectory {
    return new TestDirectory(this.hub, this, root);
  }

  /** As an identity provider does. A header of the same name replaces ours. @param path below the root: `/Users`. */
  scim(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const authorization = `Bearer ${this.token}`;
    const type = body === undefined ? {} : { 'content-type': 'application/scim+json' };
    const all = { authorization, accept: 'application/scim+json', ...type, ...headers };
    return this.hub.send({ method, path: this.root + path, body, headers: all });
  }

  async makeUser(userName: string, more: object = {}): Promise<Body> {
    return expected(201, await this.scim('POST', '/Users', { schemas: [USER], userName, ...more })).body;
  }

  async makeGroup(displayName: string, memberIds: string[] = []): Promise<Body> {
    const members = memberIds.map((value) => ({ value }));
    return expected(201, await this.scim('POST', '/Groups', { schemas: [GROUP], displayName, members })).body;
  }

  patch(path: string, ...Operations: object[]): Promise<HttpAnswer> {
    return this.scim('PATCH', path, { schemas: [PATCH_OP], Operations });
  }

  /** What happened in the directory since it was made. */
  async events(): Promise<ReadEvent[]> {
    const events = await this.hub.events(this.organizationId);
    const mine = events.filter(({ data }) => (data['directory_id'] ?? data['id']) === this.id);
    return mine.filter(({ event }) => event !== 'dsync.activated');
  }

  async causes(): Promise<string[]> {
    return (await this.events()).map(({ context }) => context.cause);
  }
}

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The answer, if its status is the one that the test cannot go on without. */
export function expected(status: number, answer: HttpAnswer): HttpAnswer {
  if (answer.status === status) return answer;
  throw new Error(`the hub answered ${answer.status}, not ${status}: ${answer.text}`);
}

function parsed(text: string): Body {
  try {
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  } catch {
    throw new Error(`the hub answered with what is not JSON: ${text.slice(0, 200)}`);
  }
}
