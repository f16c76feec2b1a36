/**
 * Hostile and half-valid requests against a started hub, for some seconds, or as many as ROLLCALL_FUZZ_SECONDS says. Whatever is sent: it is
 * answered in time and in SCIM's words and never with 500, a refused request leaves nothing behind, an accepted one is in the log once, and in
 * the end the log is whole and says what the views say.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog, verifyLog } from '@app/event-log';
import { rebuildDirectory } from '@app/projections';
import { Database } from '@app/runtime';
import { Dice } from '../fuzz/dice.js';
import { OAUTH_ENDPOINTS, SCIM_ENDPOINTS, SCIM_V1_ENDPOINTS } from '../fuzz/endpoints.js';
import { makeRequest, type Door } from '../fuzz/requests.js';
import type { World } from '../fuzz/world.js';
import { admin, type Admin } from '../support/admin.js';
import { fuzzTime, SEED } from '../support/bounds.js';
import { eventually } from '../support/eventually.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { TestHub, type Body, type HttpAnswer, type HttpRequest, type TestDirectory } from '../support/hub.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const SECONDS_TO_ANSWER = 20;
const CLIENTS = 12;

let fresh: FreshDatabase;
let hub: TestHub;
let database: Database;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  hub = await TestHub.start({ DATABASE_URL: fresh.url, ROLLCALL_SCIM_BODY_LIMIT_BYTES: '200000' });
  database = await Database.connect(fresh.url);
  operator = await admin(fresh.url);
}, 60_000);

afterAll(async () => {
  await operator.close();
  await database.close();
  await hub.close();
  await fresh.drop();
});

interface Exchange {
  round: number;
  request: HttpRequest;
  answer: HttpAnswer;
}

async function answered(request: HttpRequest): Promise<HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer in ${SECONDS_TO_ANSWER} s`)),
      SECONDS_TO_ANSWER * 1_000,
    );
  });
  return Promise.race([hub.send(request), late]).finally(() => clearTimeout(timer));
}

/** What is wrong with an answer by itself. */
function flawOf({ request, answer }: Exchange): string | undefined {
  const { status, headers, body, text } = answer;
  if (status >= 500 && status !== 501) return `status ${status}`;
  if (!/^req_[0-9A-Z]{26}$/.test(headers['x-request-id'] ?? '')) return 'no x-request-id';
  if (request.method === 'HEAD' || text === '')
    return status < 400 || request.method === 'HEAD' ? undefined : 'an error without a body';
  // What could not be read as HTTP is answered in the words of 2.0: nobody knows what it was.
  const words = status === 431 ? V2 : wordsAt(request.path);
  if (!headers['content-type']?.startsWith(words.mediaType)) return `content-type ${headers['content-type']}`;
  if (status >= 400)
    return words.isError(body, status) ? undefined : `an error in other words: ${text.slice(0, 300)}`;
  return typeof body === 'object' && words.isAnswer(body)
    ? undefined
    : `an answer in other words: ${text.slice(0, 300)}`;
}

function wordsAt(path: string): Words {
  if (path.startsWith('/oauth/')) return OAUTH;
  return path.startsWith('/scim/v1') ? V1 : V2;
}

interface Words {
  mediaType: string;
  isError(body: Body, status: number): boolean;
  isAnswer(body: Body): boolean;
}

/** RFC 7644 §3.12: the status is text. */
const V2: Words = {
  mediaType: 'application/scim+json',
  isError: (body, status) =>
    JSON.stringify(body['schemas']) === JSON.stringify([ERROR]) &&
    body['status'] === String(status) &&
    typeof body.detail === 'string' &&
    body.detail !== '',
  isAnswer: (body) => Array.isArray(body['schemas']),
};

/** draft-scim-api-01 §3.9. */
const V1: Words = {
  mediaType: 'application/json',
  isError: (body, status) => {
    const [error] = (body['Errors'] ?? []) as { description?: unknown; code?: unknown }[];
    return (
      error?.code === String(status) && typeof error.description === 'string' && error.description !== ''
    );
  },
  isAnswer: (body) => body !== null,
};

/** RFC 6749 §5.2, or the words of the API where no grant was read. */
const OAUTH: Words = {
  mediaType: 'application/json',
  isError: (body) => typeof body['error'] === 'string' || typeof body['message'] === 'string',
  isAnswer: () => false,
};

const idIn = ({ headers }: HttpAnswer): string => headers['location']!.split('/').at(-1)!;

/** Goes on for the time there is, and stops at the first flaw; what failed is said with all that is needed to send it again. */
async function knock(directories: readonly TestDirectory[], milliseconds: number): Promise<Exchange[]> {
  const worlds = new Map<TestDirectory, World>(directories.map((each) => [each, { users: [], groups: [] }]));
  const exchanges: Exchange[] = [];
  const until = Date.now() + milliseconds;
  let round = 0;
  const client = async (): Promise<void> => {
    while (Date.now() < until) {
      const mine = round++;
      const dice = new Dice(SEED + mine);
      const directory = dice.pick(directories);
      const world = worlds.get(directory)!;
      const request = makeRequest(dice, dice.pick(doorsOf(directory)), world);
      const described = (): string =>
        `seed ${SEED}, round ${mine}: ${JSON.stringify(request).slice(0, 3_000)}`;
      const answer = await answered(request).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${described()}`, { cause: error });
      });
      const exchange = { round: mine, request, answer };
      const flaw = flawOf(exchange);
      if (flaw) throw new Error(`${flaw}\n${described()}\n${answer.text.slice(0, 500)}`);
      exchanges.push(exchange);
      // Whoever prefers to see nothing of it is told where it is all the same.
      if (answer.status === 201)
        (request.path.includes('/Groups') ? world.groups : world.users).push(idIn(answer));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return exchanges;
}

function doorsOf(directory: TestDirectory): Door[] {
  const authorization = `Bearer ${directory.token}`;
  const v2 = {
    roots: [directory.root, '/scim/v2'],
    contentType: 'application/scim+json',
    endpoints: SCIM_ENDPOINTS,
  };
  const v1 = {
    roots: [`/scim/v1/${directory.id}`, '/scim/v1'],
    contentType: 'application/json',
    endpoints: SCIM_V1_ENDPOINTS,
  };
  const oauth = { roots: [''], contentType: 'application/x-www-form-urlencoded', endpoints: OAUTH_ENDPOINTS };
  return [...Array.from({ length: 12 }, () => v2), v1, v1, v1, v1, oauth].map((door) => ({
    authorization,
    ...door,
  }));
}

const isBulk = ({ body }: HttpAnswer): boolean =>
  JSON.stringify(body?.['schemas']) === '["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]';

const operationsIn = ({ body }: HttpAnswer): { status: string }[] =>
  body['Operations'] as { status: string }[];

interface Recorded {
  id: string;
  method: string;
  status: number;
  events: number;
}

const idOf = ({ answer }: Exchange): string => answer.headers['x-request-id']!;

/** What counts is the method that the request was taken for. */
function methodMeant({ method, path, headers = {} }: HttpRequest): string {
  const wanted = headers['x-http-method-override']?.trim().toUpperCase() ?? '';
  const isReplaced = method === 'POST' && path.startsWith('/scim/v2/') && /^(PUT|PATCH|DELETE)$/.test(wanted);
  return isReplaced ? wanted : method;
}

/** What the request log must say of an exchange. */
function inTheRequestLog(causes: ReadonlyMap<string, string[]>): (exchange: Exchange) => Recorded {
  return (exchange) => {
    const { request, answer } = exchange;
    const events = causes.get(idOf(exchange))?.length ?? 0;
    return { id: idOf(exchange), method: methodMeant(request), status: answer.status, events };
  };
}

/** What it says, in the order of the exchanges. */
async function recordsOf(exchanges: readonly Exchange[]): Promise<(Recorded | undefined)[]> {
  const rows = await operator.rows<Omit<Recorded, 'events'> & { events: { first: number; last: number }[] }>(
    'select id, method, status, events from scim_request',
  );
  const records = rows.map(({ events, ...row }): [string, Recorded] => {
    const count = events.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return [row.id, { ...row, events: count }];
  });
  const byId = new Map(records);
  return exchanges.map((exchange) => byId.get(idOf(exchange)));
}

/** All that is stored about resources, in the words of the database. */
async function views(): Promise<Record<string, unknown[]>> {
  const tables = ['scim_user', 'scim_group', 'membership'];
  const found: Record<string, unknown[]> = {};
  for (const table of tables)
    found[table] = await operator.rows(`select to_jsonb(t) as row from ${table} t order by 1`);
  return found;
}

describe('a hub that is asked everything', () => {
  const milliseconds = fuzzTime(20);

  it(
    'answers in time and in words, and keeps its log whole',
    async () => {
      const types = ['generic scim v2.0', 'azure scim v2.0', 'okta scim v2.0'];
      const directories = await Promise.all(types.map((type) => hub.connect({ type })));
      const exchanges = await knock(directories, milliseconds);

      // Not everything may have been refused, nor everything accepted.
      const statuses = new Map<number, number>();
      for (const { answer } of exchanges) statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      for (const status of [200, 201, 204, 400, 401, 404, 409, 413, 415])
        expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);

      const events = await operator.rows<{ request_id: string; type: string }>(
        'select request_id, type from event order by position',
      );
      const causes = new Map<string, string[]>();
      for (const { request_id: id, type } of events) causes.set(id, [...(causes.get(id) ?? []), type]);
      const requestOf = new Map(exchanges.map((each) => [idOf(each), each]));
      for (const [id, { request, answer, round }] of requestOf) {
        const mine = causes.get(id) ?? [];
        const where = { round, method: request.method, path: request.path, status: answer.status };
        const reads = ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
        if (answer.status >= 300 || reads)
          expect({ ...where, causes: mine }).toEqual({ ...where, causes: [] });
        else if (answer.status === 201)
          expect({ ...where, created: mine.filter((cause) => /Created$/.test(cause)) }).toEqual({
            ...where,
            created: [expect.any(String)],
          });
        else if (isBulk(answer))
          expect({ ...where, made: mine.filter((cause) => /Created$/.test(cause)).length }).toEqual({
            ...where,
            made: operationsIn(answer).filter(({ status }) => status === '201').length,
          });
        else if (request.method === 'DELETE')
          expect({ ...where, deleted: mine.filter((cause) => /Deleted$/.test(cause)).length }).toEqual({
            ...where,
            deleted: 1,
          });
      }

      expect(exchanges.filter(({ answer }) => isBulk(answer)).length).toBeGreaterThan(0);

      // Strangers are not recorded, and what could not be read as HTTP comes from nobody.
      const tokens = directories.map(({ token }) => `Bearer ${token}`);
      const known = exchanges.filter(
        ({ request, answer }) =>
          request.path.startsWith('/scim/') &&
          tokens.includes(request.headers?.['authorization'] ?? '') &&
          answer.status !== 431,
      );
      await eventually(async () =>
        expect(await recordsOf(known)).toEqual(known.map(inTheRequestLog(causes))),
      );

      expect((await verifyLog(database)).flaws).toEqual([]);
      const before = await views();
      const log = await EventLog.open(database);
      for (const { id } of directories) await database.transaction((tx) => rebuildDirectory(tx, log, id));
      expect(await views()).toEqual(before);
      expect(Object.values(before).map((rows) => rows.length > 0)).toEqual([true, true, true]);
    },
    milliseconds + 120_000,
  );
});
