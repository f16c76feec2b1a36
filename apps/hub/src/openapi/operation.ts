/** One operation of the document: its words, parameters, body, answers, and who may use it. */
import { codesOf, contentOf, responsesOf, type Nature } from './answers.js';
import { PARAMETERS } from './parameters.js';
import { pathParameter } from './path-parameters.js';
import { ROUTES, type Route } from './routes.js';
import { kindOf, securityOf } from './security.js';
import { WORDS } from './words/index.js';

export interface Operation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  security?: object[];
  parameters?: object[];
  requestBody?: object;
  responses: Record<string, object>;
}

/** What was done in between is not asked again, so a kept answer could be wrong. */
const ALWAYS_ANEW = ['/api_keys/validations', '/sign_in_checks'];

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A text of your own, at most 255 characters. The same request with the same key is done once and answered the same for a day.',
  schema: { type: 'string', maxLength: 255 },
  example: '7f3c2f0e-5d0b-4b8e-9d6a-1c2b3a4d5e6f',
};

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'Where a reader that was cut off goes on; wins over `after`.',
  schema: { type: 'string' },
};

const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The `ETag` of what the caller has.',
  schema: { type: 'string' },
};

export function describedOperation(
  { method, path }: { method: string; path: string },
  operation: Operation,
): Operation {
  const name = `${method.toUpperCase()} ${path}`;
  const [route, words] = [ROUTES[name], WORDS[name]];
  // A test names the routes that have no row; the document is made all the same, for it to be read.
  if (!route || !words) return { ...operation, operationId: name.replace(/\W+/g, '_'), responses: {} };
  const requestBody = bodyOf(route, operation);
  const kind = kindOf(method, path, route.open === true);
  const nature: Nature = {
    kind,
    method,
    hasBody: requestBody !== undefined,
    hasQuery: (route.query ?? []).length > 0,
    hasIds: path.includes('{'),
    isRepeatable: method === 'post' && kind === 'key' && !ALWAYS_ANEW.includes(path),
  };
  const { operationId, summary, description, tag, refusals } = words;
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    security: securityOf(kind, description),
    parameters: [...pathParameters(path), ...queryParameters(route), ...headers(route, nature, path)],
    ...(requestBody ? { requestBody } : {}),
    responses: responsesOf(route, nature, codesOf(nature, refusals)),
  };
}

function bodyOf({ body }: Route, { requestBody }: Operation): object | undefined {
  return body ? { required: true, content: contentOf(body) } : requestBody;
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(path, name!));
}

function queryParameters({ query = [] }: Route): object[] {
  return query.map((name) => ({ name, in: 'query', ...PARAMETERS[name] }));
}

function headers({ answers }: Route, { isRepeatable }: Nature, path: string): object[] {
  return [
    ...(isRepeatable ? [IDEMPOTENCY_KEY] : []),
    ...(path === '/events/stream' ? [LAST_EVENT_ID] : []),
    ...(304 in answers ? [IF_NONE_MATCH] : []),
  ];
}
