/** The document of the API is one that any program for OpenAPI 3.1 can work with. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Members = { [name: string]: Json };

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: object[];
  parameters: { name: string; description: string; schema: Members; example?: Json }[];
  requestBody?: { content: Record<string, { schema: Members }> };
  responses: Record<string, { description: string; headers: Members; content?: Record<string, Members> }>;
}
interface Document {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Members>;
}

const read = (file: string): Json => JSON.parse(readFileSync(file, 'utf8')) as Json;
const json = read('docs/reference/openapi.json');
const document = json as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);

/** Every object of the document, with the place where it stands. */
function* objectsIn(value: Json, place = '#'): Generator<[place: string, object: Members]> {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) yield [place, value];
  for (const [name, member] of Object.entries(value))
    yield* objectsIn(member, `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}
const objects = [...objectsIn(json)];

/** What `$ref` leads to. */
function found(reference: string): Json | undefined {
  const names = reference
    .slice(2)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<Json | undefined>((value, name) => (value as Members | undefined)?.[name], json);
}

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(json as object, 'document');

/** Of every pair that was looked at: the same refusal stands at many operations. */
const looked = new Map<string, string[]>();

/** @returns what is wrong with the value. */
function problems(schema: Json, value: Json): string[] {
  const pair = JSON.stringify([schema, value]);
  const before = looked.get(pair);
  if (before) return before;
  const wrong = problemsOf(schema, value);
  looked.set(pair, wrong);
  return wrong;
}

function problemsOf(schema: Json, value: Json): string[] {
  const absolute = JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components', '"document#/components'),
  ) as object;
  const validate = ajv.compile(absolute);
  return validate(value)
    ? []
    : [`${JSON.stringify(value).slice(0, 200)}: ${ajv.errorsText(validate.errors)}`];
}

describe('the document of the API', () => {
  it('is OpenAPI 3.1, as its own schema says', () => {
    const validator = new Ajv2020({ strict: false, validateFormats: false });
    validator.validate(read('test/openapi/openapi-3.1.schema.json') as object, json);
    expect(validator.errors ?? []).toEqual([]);
  });

  it('has schemas that are JSON Schema 2020-12', () => {
    const wrong = Object.entries(document.components['schemas']!).filter(
      ([, schema]) => !ajv.validateSchema(schema as object),
    );
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  it('refers to nothing that is not there, and describes nothing that nobody refers to', () => {
    const references = objects.flatMap(([, { $ref }]) => (typeof $ref === 'string' ? [$ref] : []));
    expect(references.filter((reference) => found(reference) === undefined)).toEqual([]);
    const schemes = new Set(
      operations.flatMap(({ operation }) => operation.security.flatMap((each) => Object.keys(each))),
    );
    const unused = Object.entries(document.components).flatMap(([section, members]) =>
      Object.keys(members).filter((name) =>
        section === 'securitySchemes'
          ? !schemes.has(name)
          : !references.includes(`#/components/${section}/${name}`),
      ),
    );
    expect(unused).toEqual([]);
  });

  it('says of every object whether it may have further members, and whose they are', () => {
    const open = objects.filter(
      ([place, { type, additionalProperties: more, description }]) =>
        // The example of a body may have a member `type`; it is no schema.
        !/\/(examples?|default)\//.test(place) &&
        [type].flat().includes('object') &&
        (more === undefined || (more === true && typeof description !== 'string')),
    );
    expect(open.map(([place]) => place)).toEqual([]);
  });

  it('has only examples that are what they are examples of', () => {
    const inSchemas = objects.flatMap(([place, object]) =>
      Array.isArray(object['examples']) && !place.includes('/examples/')
        ? object['examples'].flatMap((each) => problems({ ...object }, each))
        : [],
    );
    const ofParameters = operations.flatMap(({ operation }) =>
      operation.parameters.flatMap(({ schema, example }) =>
        example === undefined ? [] : problems(schema, example),
      ),
    );
    const ofAnswers = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ content = {} }) =>
        Object.values(content).flatMap(({ schema, examples = {} }) =>
          Object.values(examples as Members).flatMap((example) => {
            const { $ref } = example as { $ref: string };
            return problems(schema!, (found($ref) as Members)['value']!);
          }),
        ),
      ),
    );
    expect([...inSchemas, ...ofParameters, ...ofAnswers]).toEqual([]);
  });

  it('gives every body of JSON an example', () => {
    const bodies = operations.flatMap(({ name, operation }) => {
      const schema = operation.requestBody?.content['application/json']?.schema;
      const named = typeof schema?.['$ref'] === 'string' ? (found(schema['$ref']) as Members) : schema;
      // The bodies of the Shared Signals Framework are the standard's.
      return named && !name.includes('/ssf/') && !Array.isArray(named['examples']) ? [name] : [];
    });
    expect(bodies).toEqual([]);
  });
});

describe('each operation', () => {
  it('has a name of its own that a program can give to a function', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.filter((name) => !/^[a-z][A-Za-z0-9]+$/.test(name))).toEqual([]);
  });

  it('says in words what it does, under a tag that is described', () => {
    const tags = document.tags.map(({ name }) => name);
    const silent = operations.filter(
      ({ operation: { summary, description, tags: own } }) =>
        !summary || !description || !own.every((tag) => tags.includes(tag)),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
    const used = new Set(operations.flatMap(({ operation }) => operation.tags));
    expect(tags.filter((tag) => !used.has(tag))).toEqual([]);
  });

  it('says who may use it, and describes each parameter', () => {
    expect(
      operations.filter(({ operation }) => !Array.isArray(operation.security)).map(({ name }) => name),
    ).toEqual([]);
    const bare = operations.flatMap(({ name, operation }) =>
      operation.parameters
        .filter(({ description }) => !description)
        .map((parameter) => `${name}: ${parameter.name}`),
    );
    expect(bare).toEqual([]);
  });

  it('says what it answers, and by which code it refuses', () => {
    const wrong = operations.flatMap(({ name, operation: { responses } }) => {
      const statuses = Object.keys(responses);
      const codeless = statuses.filter((status) => {
        if (status < '400' || name === 'get /health') return false;
        return (
          Object.keys((responses[status]!.content?.['application/json']?.['examples'] ?? {}) as object)
            .length === 0
        );
      });
      return [
        ...(statuses.some((status) => status < '300') ? [] : [`${name} never succeeds`]),
        ...codeless.map((status) => `${name} ${status} has no code`),
        ...statuses
          .filter((status) => !('X-Request-ID' in responses[status]!.headers))
          .map((status) => `${name} ${status} has no X-Request-ID`),
      ];
    });
    expect(wrong).toEqual([]);
  });
});
