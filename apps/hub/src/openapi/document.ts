/**
 * The OpenAPI 3.1 document of the API that people and programs of ours use: paths, bodies and their rules as the controllers have
 * them, answers and query parameters as `routes.ts` says. SCIM describes itself (RFC 7644 §4) and is left out.
 */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ERROR, OBJECTS } from './objects/index.js';
import { PARAMETERS } from './parameters.js';
import { ROUTES, type Route } from './routes.js';
import { ref, type Schema } from './shapes.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  parameters?: object[];
  requestBody?: object;
  responses: Record<string, object>;
  security?: object[];
}
type PathItem = Partial<Record<Method, Operation>>;

/** @param version of the software. */
export function apiDocument(app: INestApplication, version: string): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Rollcall')
    .setDescription(
      'Directory sync: organizations, directories, their people and groups, events, webhooks and session revocation.',
    )
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `sk_…`' }, 'api_key')
    .addSecurityRequirements('api_key')
    .build();
  const document = SwaggerModule.createDocument(app as never, base, {
    operationIdFactory: (_controller, method) => method,
  });
  const paths = Object.entries(document.paths as Record<string, PathItem>).map(
    ([path, item]): [string, PathItem] => [path, describedItem(path, item)],
  );
  const bodies = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const schemas = { ...mapValues(bodies, openMembers), ...OBJECTS, Error: ERROR };
  return {
    ...document,
    paths: Object.fromEntries(paths.sort()),
    components: {
      ...document.components,
      schemas: usedOf([paths, REFUSAL], schemas as Record<string, Schema>),
      responses: { Refusal: REFUSAL },
    },
  } as OpenAPIObject;
}

/**
 * A member whose type is JSON of any kind is an object to TypeScript's metadata. What it may be, its description says.
 * @param schema of a body, as it was read from a class.
 */
function openMembers(schema: Schema): Schema {
  const open = (member: Schema): Schema => {
    const { type, ...rest } = member;
    const isOpen = type === 'object' && !('properties' in rest) && !('additionalProperties' in rest);
    return isOpen ? rest : member;
  };
  const { properties } = schema as { properties?: Record<string, Schema> };
  return properties ? { ...schema, properties: mapValues(properties, open) } : schema;
}

function mapValues<T>(record: Record<string, T>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** `GET /directories/{id}`, as the rows of the table of routes are named. */
export function routeName(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

function describedItem(path: string, item: PathItem): PathItem {
  const operations = METHODS.flatMap((method): [Method, Operation][] => {
    const operation = item[method];
    const route = ROUTES[routeName(method, path)];
    if (!operation || isRefused(method, path)) return [];
    return [[method, describedOperation(path, operation, route)]];
  });
  return Object.fromEntries(operations);
}

/** Such a route takes every method to say which one is meant. */
function isRefused(method: string, path: string): boolean {
  return method !== 'post' && ROUTES[routeName('post', path)]?.onlyPost === true;
}

function describedOperation(path: string, operation: Operation, route: Route | undefined): Operation {
  const { operationId = '', parameters = [], ...rest } = operation;
  const query = (route?.query ?? []).map((name) => ({ name, in: 'query', ...PARAMETERS[name] }));
  const [, area = ''] = path.split('/');
  const words = wordsOf(path);
  return {
    ...rest,
    operationId: operationId + words.join(''),
    summary: [operationId, ...words].join(' ').replaceAll('_', ' ').toLowerCase(),
    tags: [area.startsWith('.well-known') ? 'well-known' : area],
    parameters: [...parameters.filter((each) => (each as { in?: string }).in === 'path'), ...query],
    responses: route ? responsesOf(route) : {},
    ...(route?.open ? { security: [] } : {}),
  };
}

function responsesOf({ answers, refusals = [] }: Route): Record<string, object> {
  const good = Object.entries(answers).map(([status, schema]): [string, object] => [
    status,
    schema === null
      ? { description: 'Done; there is no body.' }
      : { description: 'As asked.', content: contentOf(schema) },
  ]);
  const refusal = { $ref: '#/components/responses/Refusal' };
  return Object.fromEntries([
    ...good,
    ...refusals.map((status): [string, object] => [String(status), refusal]),
  ]);
}

function contentOf(schema: Schema): object {
  const { contentMediaType = 'application/json', ...rest } = schema;
  return { [contentMediaType as string]: { schema: rest } };
}

const REFUSAL = { description: 'Refused: the message says what to do.', content: contentOf(ref('Error')) };

/** Two paths of one controller method have names of their own: `listDestinationsReplays`. */
function wordsOf(path: string): string[] {
  const words = path.split(/[^a-zA-Z0-9{}]+/).filter((word) => word !== '' && !word.includes('{'));
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1));
}

/** Those schemas that something in the paths leads to. */
function usedOf(paths: unknown, schemas: Record<string, Schema>): Record<string, Schema> {
  const used = new Map<string, Schema>();
  const visit = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name!) || !schemas[name!]) continue;
      used.set(name!, schemas[name!]!);
      visit(schemas[name!]);
    }
  };
  visit(paths);
  return Object.fromEntries([...used].sort(([one], [other]) => (one < other ? -1 : 1)));
}
