/**
 * The OpenAPI 3.1 document of the API that people and programs of ours use: paths as the controllers have them, bodies as the rules
 * say by which they are checked, answers and query parameters as `routes.ts` says, and words as `words/`. SCIM describes itself
 * (RFC 7644 §4) and is left out.
 */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { HEADERS, REFUSAL_EXAMPLES } from './answers.js';
import { bodySchemas } from './bodies/index.js';
import { INTRODUCTION } from './introduction.js';
import { OBJECTS } from './objects/index.js';
import { describedOperation, type Operation } from './operation.js';
import { ROUTES } from './routes.js';
import { SECURITY_SCHEMES } from './security.js';
import type { Schema } from './shapes.js';
import { TAGS, WORDS } from './words/index.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];
type PathItem = Partial<Record<Method, Operation>>;

/** @param version of the software. */
export function apiDocument(app: INestApplication, version: string): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Rollcall API')
    .setDescription(INTRODUCTION)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This installation')
    .build();
  // Two paths of one method of a controller must have names of their own, or Swagger numbers them.
  const document = SwaggerModule.createDocument(app as never, base, {
    operationIdFactory: (_controller, method) => method,
  });
  const paths = Object.entries(document.paths as Record<string, PathItem>).map(
    ([path, item]): [string, PathItem] => [path, describedItem(path, item)],
  );
  const schemas = schemasOf(document.components?.schemas as Record<string, Schema>);
  const { openapi, info, servers } = document;
  return {
    openapi,
    info: {
      ...info,
      summary: 'Directory sync: SCIM in; ordered events, signed webhooks and session revocation out.',
    },
    servers,
    tags: TAGS,
    security: [{ api_key: [] }],
    paths: Object.fromEntries(inReadingOrder(paths)),
    components: {
      schemas: usedOf('schemas', [paths], schemas),
      examples: usedOf('examples', [paths], REFUSAL_EXAMPLES),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  } as unknown as OpenAPIObject;
}

/** `GET /directories/{id}`, as the rows of the table of routes are named. */
export function routeName(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`;
}

/** As the chapters have them, and not by the alphabet: a reader meets what is first before what hangs on it. */
function inReadingOrder(paths: readonly [string, PathItem][]): [string, PathItem][] {
  const order = [...new Set(Object.keys(WORDS).map((name) => name.split(' ')[1]))];
  return paths.toSorted(([one], [other]) => order.indexOf(one) - order.indexOf(other));
}

function describedItem(path: string, item: PathItem): PathItem {
  const operations = METHODS.flatMap((method): [Method, Operation][] => {
    const operation = item[method];
    if (!operation || isRefused(method, path)) return [];
    return [[method, describedOperation({ method, path }, operation)]];
  });
  return Object.fromEntries(operations);
}

/** Such a route takes every method to say which one is meant. */
function isRefused(method: string, path: string): boolean {
  return method !== 'post' && ROUTES[routeName('post', path)]?.onlyPost === true;
}

function schemasOf(known: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const bodies = bodySchemas(known);
  const both = Object.keys(bodies).filter((name) => OBJECTS[name]);
  if (both.length > 0) throw new Error(`${both.join(', ')}: a body and an answer have the same name`);
  return { ...bodies, ...OBJECTS };
}

/** Those components that something in the paths leads to, sorted. */
function usedOf<T extends object>(
  section: string,
  paths: unknown,
  components: Readonly<Record<string, T>>,
): Record<string, T> {
  const used = new Map<string, T>();
  const visit = (value: unknown): void => {
    for (const [, name] of JSON.stringify(value).matchAll(
      new RegExp(`"#/components/${section}/([^"]+)"`, 'g'),
    )) {
      if (used.has(name!) || !components[name!]) continue;
      used.set(name!, components[name!]!);
      visit(components[name!]);
    }
  };
  visit(paths);
  return Object.fromEntries([...used].sort(([one], [other]) => (one < other ? -1 : 1)));
}
