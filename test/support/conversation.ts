/**
 * What an identity provider says and what it must be answered, recorded as JSON and replayed against a hub.
 *
 * Texts may hold `{{name.path}}`: what an earlier answer held, stored under the exchange's `as`. A text that is nothing
 * else stands for the value itself, so `"meta": "{{user.meta}}"` sends an object. `{{directory.id}}` is there from the
 * beginning. An expectation is part of the answer: objects may have more members, lists may not have more elements.
 * `{{anything}}` expects any value but null, `{{absent}}` that the member is not there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { expected, type HttpAnswer, type ReadEvent, type TestDirectory } from './hub.js';

export interface Conversation {
  title: string;
  /** What can be learned from it: why the identity provider says this, and what goes wrong with a server that mishears. */
  shows: string;
  /** How it is known that the provider says this: from its documentation, from reports, or by inference, and which part is which. */
  known: string;
  /** As the consumer API names the provider: `okta scim v2.0`. */
  directoryType: string;
  /** Below which the paths are: `/scim/v1` for SCIM 1.1, and `/scim/v2` unless it is said. */
  root?: string;
  /** Sent with every request. */
  headers?: Record<string, string>;
  exchanges: Exchange[];
  /** The quirks of the dialect that took effect, as the request log tells them, in order of the alphabet; not looked at unless said. */
  quirks?: string[];
  /** All that happened in the directory, in order: no event more, and none less. */
  events: ExpectedEvent[];
}

export interface Exchange {
  /** Only where the request does not speak for itself. */
  note?: string;
  request: { method: string; path: string; headers?: Record<string, string>; body?: unknown };
  /** `body: null` expects an answer without a body. */
  response: { status: number; headers?: Record<string, unknown>; body?: unknown };
  as?: string;
}

export interface ExpectedEvent {
  type: string;
  cause: string;
  /** The id of the person or the group; of a membership first the group's, then the person's. */
  subject: string | string[];
  data?: unknown;
  previous_attributes?: unknown;
}

type Known = Map<string, unknown>;

export function readConversations(folder: string): Conversation[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Conversation);
}

/** @returns what differed, one sentence for each difference; nothing when the hub said all it should. */
export async function replay(conversation: Conversation, directory: TestDirectory): Promise<string[]> {
  const known: Known = new Map([['directory', { id: directory.id, token: directory.token }]]);
  const { root = '/scim/v2' } = conversation;
  const spoken = directory.below(root);
  const mediaType = root === '/scim/v1' ? 'application/json' : 'application/scim+json';
  const problems: string[] = [];
  for (const [index, exchange] of conversation.exchanges.entries()) {
    const { method, path, headers, body } = filled(exchange.request, known) as Exchange['request'];
    const answer = await spoken.scim(method, path, body, { ...conversation.headers, ...headers });
    if (exchange.as) known.set(exchange.as, answer.body);
    const wanted = filled(exchange.response, known) as Exchange['response'];
    const differences = [...answerDifferences(answer, wanted), ...strangeMediaType(answer, mediaType)];
    if (differences.length > 0) {
      problems.push(shown(`exchange ${index + 1}`, { method, path, body }, answer), ...differences);
    }
  }
  problems.push(...eventDifferences(await directory.events(), filled(conversation.events, known)));
  return conversation.quirks ? [...problems, ...(await quirkDifferences(directory, conversation))] : problems;
}

/** The request log is written a moment after the answers. */
async function quirkDifferences(
  directory: TestDirectory,
  { exchanges, quirks }: Conversation,
): Promise<string[]> {
  const path = `/directories/${directory.id}/requests?limit=100`;
  const logged = await eventually(async () => {
    const { data } = expected(200, await directory.hub.api('GET', path)).body;
    if (data.length < exchanges.length) throw new Error(`${data.length} of ${exchanges.length} are logged`);
    return data.flatMap((request) => request['quirks'] as string[]);
  });
  return differences('quirks', [...new Set(logged)].sort(), quirks);
}

function answerDifferences(answer: HttpAnswer, expected: Exchange['response']): string[] {
  const found = [
    ...differences('status', answer.status, expected.status),
    ...differences('headers', answer.headers, { 'x-request-id': '{{anything}}', ...expected.headers }),
  ];
  if (expected.body === null) return [...found, ...differences('body', answer.body, '{{absent}}')];
  return 'body' in expected ? [...found, ...differences('body', answer.body, expected.body)] : found;
}

function strangeMediaType({ headers, body }: HttpAnswer, expected: string): string[] {
  if (body === undefined || headers['content-type']?.startsWith(expected)) return [];
  return [`  content-type: ${headers['content-type']} is not SCIM's`];
}

function eventDifferences(events: ReadEvent[], filledEvents: unknown): string[] {
  const expected = filledEvents as ExpectedEvent[];
  const told = ({ event, context }: ReadEvent): string => `${event} (${context.cause})`;
  const wanted = expected.map(({ type, cause }) => `${type} (${cause})`);
  if (events.map(told).join() !== wanted.join())
    return [
      `events: expected ${JSON.stringify(wanted, null, 1)}, got ${JSON.stringify(events.map(told), null, 1)}`,
    ];
  return events.flatMap((event, index) => {
    const { subject, data = {}, previous_attributes: previous } = expected[index]!;
    const place = `event ${index + 1}, ${event.event}`;
    const whole = previous === undefined ? data : { ...(data as object), previous_attributes: previous };
    return [
      // The directory's own activation was the first.
      ...differences(`${place}: sequence`, event.context.sequence, index + 2),
      ...differences(`${place}: subject`, subjectOf(event), subject),
      ...differences(`${place}: data`, event.data, whole),
    ];
  });
}

function subjectOf({ event, data }: ReadEvent): string | string[] {
  return event.startsWith('dsync.group.user_') ? [data.group.id, data.user.id] : data.id;
}

/** Where `actual` is not what `expected` asks for, each with its place. */
export function differences(place: string, actual: unknown, expected: unknown): string[] {
  if (expected === '{{absent}}') return actual === undefined ? [] : [unlike(place, actual, 'nothing')];
  if (expected === '{{anything}}') return actual == null ? [unlike(place, actual, 'anything')] : [];
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return [unlike(place, actual, expected)];
    return expected.flatMap((element, index) => differences(`${place}[${index}]`, actual[index], element));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return [unlike(place, actual, expected)];
    const members = actual as Record<string, unknown>;
    return Object.entries(expected).flatMap(([name, value]) =>
      differences(`${place}.${name}`, members[name], value),
    );
  }
  return Object.is(actual, expected) ? [] : [unlike(place, actual, expected)];
}

function unlike(place: string, actual: unknown, expected: unknown): string {
  return `  ${place}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}

function shown(place: string, request: Exchange['request'], answer: HttpAnswer): string {
  const sent = request.body === undefined ? '' : `\n    ${JSON.stringify(request.body)}`;
  return `${place}: ${request.method} ${request.path}${sent}\n  was answered ${answer.status} ${answer.text}`;
}

const VARIABLE = /\{\{([\w$]+(?:\.[\w$]+)*)\}\}/g;
const WORDS = ['anything', 'absent'];

function filled(value: unknown, known: Known): unknown {
  if (typeof value === 'string') return filledText(value, known);
  if (Array.isArray(value)) return value.map((element) => filled(element, known));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, filled(member, known)]));
}

function filledText(text: string, known: Known): unknown {
  const alone = /^\{\{([^{}]*)\}\}$/.exec(text)?.[1];
  if (alone !== undefined) return WORDS.includes(alone) ? text : valueOf(alone, known);
  return text.replace(VARIABLE, (_all, path: string) => String(valueOf(path, known)));
}

function valueOf(path: string, known: Known): unknown {
  const [name, ...members] = path.split('.');
  const value = members.reduce<unknown>(
    (object, member) => (object as Record<string, unknown> | undefined)?.[member],
    known.get(name!),
  );
  if (value === undefined) throw new Error(`the recording uses {{${path}}}, which no answer before it held`);
  return value;
}
