/** The client and the hub's document say the same: what there is to call, by which method, with which parameters and bodies. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Sink, type Answer, type ReceivedRequest } from '../../../../test/support/index.js';
import { RollcallClient } from '../client.js';
import { CALLS } from './testing/every-call.js';
import { LEFT_OUT } from './testing/left-out.js';

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: { 'application/json'?: { schema: object } } };
}

const document = JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    braces: path.split('{').length,
    method: method.toUpperCase(),
    operation,
  })),
);
// The most literal first: `/revocations/export` is no id.
operations.sort((one, other) => one.braces - other.braces);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(document, 'document');

let sink: Sink;
let client: RollcallClient;
beforeAll(async () => {
  sink = await Sink.open();
  sink.answers(answerTo);
  client = new RollcallClient({ baseUrl: sink.url, apiKey: 'sk_test', retry: { count: 0 } });
});
afterAll(() => sink.close());

const ANSWERS: Record<string, string> = {
  'text/event-stream': 'id: event_1\n\n',
  'application/x-ndjson': '{"object":"snapshot","position_cursor":null}\n{"object":"snapshot_end"}\n',
};

function answerTo({ path, headers }: ReceivedRequest): Answer {
  if (path.endsWith('/compare?kinds=users'))
    return { body: '{"object":"comparison"}\n{"object":"comparison_end","equal":true}\n' };
  if (path.includes('/export')) return { body: 'signature,a.b.c\n' };
  const list = { object: 'list', data: [], list_metadata: { before: null, after: null }, as_of: {} };
  return { body: ANSWERS[String(headers.accept)] ?? JSON.stringify(list) };
}

/** The dotted names of everything that the client has for calling. */
function namesIn(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const whole = prefix + name;
    if (typeof member === 'function') return [whole];
    return member !== null && typeof member === 'object' ? namesIn(member, `${whole}.`) : [];
  });
}

async function requestOf(name: string): Promise<ReceivedRequest> {
  const [owner, call] = [name.split('.').slice(0, -1), name.split('.').at(-1)!];
  const noun = owner.reduce<unknown>((value, each) => (value as Record<string, unknown>)[each], client);
  const { length } = sink.received;
  // Of a stream, which has no end, the first connection is enough.
  const stop = new AbortController();
  const more = name === 'events.stream' ? [{ signal: stop.signal, onInterruption: () => stop.abort() }] : [];
  const given = [...CALLS[name]!, ...more];
  const answer = await (noun as Record<string, (...given: unknown[]) => unknown>)[call]!(...given);
  if (answer !== null && typeof answer === 'object' && Symbol.asyncIterator in answer) {
    const items = (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    while (!(await items.next()).done);
  }
  expect(sink.received).toHaveLength(length + 1);
  return sink.received[length]!;
}

function operationOf({ method, path }: ReceivedRequest): (typeof operations)[number] | undefined {
  const plain = path.split('?', 1)[0]!;
  return operations.find((each) => each.method === method && each.pattern.test(plain));
}

/** A text in a body that nobody has filled in would be no proof. */
function refusedBy(operation: Operation, { body, headers }: ReceivedRequest): unknown {
  if (headers['content-type'] !== 'application/json') return null;
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema) return 'the document knows no body of it';
  const absolute = JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components', '"document#/components'),
  ) as object;
  const validate = ajv.compile(absolute);
  return validate(JSON.parse(body.toString())) ? null : validate.errors;
}

const called = new Set<string>();

describe('each call of the client', () => {
  it('stands in the list below, and nothing else does', () => {
    const { send: _, ...nouns } = client as unknown as Record<string, object>;
    expect(namesIn(nouns).sort()).toEqual(Object.keys(CALLS).sort());
  });

  it.each(Object.keys(CALLS))('%s is one of the document, with its parameters and its body', async (name) => {
    const request = await requestOf(name);
    const found = operationOf(request);
    expect({ path: request.path, is: found?.name }).toEqual({ path: request.path, is: expect.any(String) });
    called.add(found!.name);
    const known = (found!.operation.parameters ?? []).filter((each) => each.in === 'query');
    const sent = [...new URL(request.path, sink.url).searchParams.keys()];
    expect(sent.filter((each) => !known.some((parameter) => parameter.name === each))).toEqual([]);
    expect(refusedBy(found!.operation, request)).toBeNull();
  });
});

describe('each operation of the document', () => {
  const isLeftOut = (name: string): boolean =>
    Object.keys(LEFT_OUT).some((prefix) => name.replace(/^[A-Z]+ /, '').startsWith(prefix));

  it('is a call of the client, or left out for a reason', () => {
    const missing = operations
      .map(({ name }) => name)
      .filter((name) => !called.has(name) && !isLeftOut(name));
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(LEFT_OUT))('%s is left out: %s', (prefix) => {
    const there = operations.filter(({ name }) => name.replace(/^[A-Z]+ /, '').startsWith(prefix));
    expect(there.length).toBeGreaterThan(0);
    expect(there.filter(({ name }) => called.has(name))).toEqual([]);
  });
});
