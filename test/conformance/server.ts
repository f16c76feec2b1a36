/**
 * The server under test: any SCIM 2.0 server, given by ROLLCALL_CONFORMANCE_URL (the base URL that ends before `/Users`) and
 * ROLLCALL_CONFORMANCE_TOKEN; without them a hub of our own. The tests speak HTTP and know nothing else of it. They remove what they made.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { Pool, type Dispatcher } from 'undici';
import { TestHub, type Body, type HttpAnswer } from '../support/hub.js';

export const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
export const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
export const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

type Headers = Record<string, string>;

export class ScimServer {
  private pool!: Pool;
  private path = '';
  private token = '';
  private hub: TestHub | undefined;
  private readonly made: string[] = [];
  /** What ServiceProviderConfig says, so that what is optional is asked of those who offer it. */
  config: Record<string, { supported?: boolean } & Record<string, unknown>> = {};

  async connect(): Promise<void> {
    const url = process.env['ROLLCALL_CONFORMANCE_URL'];
    if (url) {
      this.token = process.env['ROLLCALL_CONFORMANCE_TOKEN'] ?? '';
      this.reach(url);
    } else {
      this.hub = await TestHub.start();
      const directory = await this.hub.connect();
      this.token = directory.token;
      this.reach(this.hub.url + directory.root);
    }
    const { body } = await this.send('GET', '/ServiceProviderConfig');
    this.config = body as unknown as typeof this.config;
  }

  private reach(url: string): void {
    const { origin, pathname } = new URL(url);
    this.pool = new Pool(origin, { connections: 16 });
    this.path = pathname.replace(/\/$/, '');
  }

  async disconnect(): Promise<void> {
    for (const path of this.made.reverse()) await this.send('DELETE', path);
    await this.pool.destroy();
    await this.hub?.close();
  }

  async send(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<HttpAnswer> {
    const type: Headers = body === undefined ? {} : { 'content-type': 'application/scim+json' };
    const { authorization = `Bearer ${this.token}`, ...rest } = headers;
    const { statusCode, ...answer } = await this.pool.request({
      method: method as Dispatcher.HttpMethod,
      path: this.path + path,
      headers: { ...(authorization ? { authorization } : {}), ...type, ...rest },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.body.text();
    const values = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    const parsed = text === '' ? undefined : JSON.parse(text);
    return { status: statusCode, headers: Object.fromEntries(values), text, body: parsed as Body };
  }

  /** Sends a POST whose resource goes away when the tests are over. */
  async make(type: 'Users' | 'Groups', body: object): Promise<HttpAnswer> {
    const answer = await this.send('POST', `/${type}`, body);
    if (answer.status === 201) this.made.push(`/${type}/${answer.body.id}`);
    return answer;
  }

  async user(more: object = {}): Promise<Body> {
    return created(await this.make('Users', { schemas: [USER], userName: unique('user'), ...more }));
  }

  async group(more: object = {}): Promise<Body> {
    return created(await this.make('Groups', { schemas: [GROUP], displayName: unique('group'), ...more }));
  }

  patch(path: string, ...Operations: object[]): Promise<HttpAnswer> {
    return this.send('PATCH', path, { schemas: [PATCH_OP], Operations });
  }

  /** The resource after a PATCH, whether the server answered with it or with 204. */
  async patched(path: string, ...Operations: object[]): Promise<Body> {
    const answer = await this.patch(path, ...Operations);
    if (answer.status !== 200 && answer.status !== 204)
      throw new Error(`PATCH ${path} was answered ${answer.status}: ${answer.text}`);
    return (await this.send('GET', path)).body;
  }

  async find(type: 'Users' | 'Groups', filter: string, more = ''): Promise<HttpAnswer> {
    return this.send('GET', `/${type}?filter=${encodeURIComponent(filter)}${more}`);
  }

  /** Whether the server says that it has something which the RFC leaves to it. Ours has all of it, and a test of ours may not pass by default. */
  offers(feature: 'bulk' | 'sort' | 'etag' | 'cursor'): boolean {
    const offered =
      feature === 'cursor'
        ? this.config['pagination']?.['cursor'] === true
        : this.config[feature]?.supported === true;
    if (!offered && this.hub) throw new Error(`ServiceProviderConfig does not offer ${feature}`);
    return offered;
  }
}

/** The server for the tests of one file. */
export function serverUnderTest(): ScimServer {
  const server = new ScimServer();
  beforeAll(() => server.connect(), 60_000);
  afterAll(() => server.disconnect(), 60_000);
  return server;
}

/** A name that no other run has used. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

function created(answer: HttpAnswer): Body {
  if (answer.status === 201) return answer.body;
  throw new Error(`a resource could not be made: ${answer.status} ${answer.text}`);
}

/** What an error looks like: RFC 7644 §3.12. */
export function errorBody(status: number, scimType?: string): object {
  return { schemas: [ERROR], status: String(status), ...(scimType ? { scimType } : {}) };
}
