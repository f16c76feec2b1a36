/** Holds every answer that a test gets from the API against the OpenAPI document: what it says is true, or a test fails. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: object };
}
interface Operation {
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}
type Content = Record<string, { schema: object; examples?: object }>;

export interface Answered {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  body: unknown;
  /** What was asked; a text is no JSON of ours. */
  asked?: unknown;
}

const FILE = 'docs/reference/openapi.json';

let known: { document: Document; patterns: [RegExp, string][]; ajv: Ajv2020 } | undefined;
const compiled = new Map<string, ValidateFunction>();

/** @throws when the document says of such a request something else than what came; a path that is nowhere is no route. */
export function holdAgainstDocument({ method, path, status, body, asked }: Answered): void {
  const { document, patterns } = (known ??= read());
  const plain = path.split('?', 1)[0]!.replace(/\/+$/, '');
  const route = patterns.find(([pattern]) => pattern.test(plain))?.[1];
  const operation = route === undefined ? undefined : document.paths[route]![method.toLowerCase()];
  // What a method or a body is refused for before any route is asked, the error filter's own specs say.
  if (!operation || [405, 413, 414, 415].includes(status)) return;
  const name = `${method} ${route}`;
  const response = operation.responses[String(status)];
  if (!response) throw new Error(`${FILE} says nothing of ${name} ${status}: ${JSON.stringify(body)}`);
  if (status < 300) holdRequest(name, operation, asked);
  const content = response.content?.['application/json'];
  if (content === undefined) {
    if (body !== undefined)
      throw new Error(`${name} ${status} has a body, and ${FILE} says that it has none`);
    return;
  }
  hold(`${name} ${status}`, content.schema, body);
  const code = (body as { code?: string } | null | undefined)?.code;
  if (status >= 400 && content.examples && code !== undefined && !Object.hasOwn(content.examples, code))
    throw new Error(`${FILE} says nothing of ${name} ${status} with the code ${code}`);
}

/** What was done is what may be asked. A null says as much as leaving out, wherever leaving out is possible. */
function holdRequest(name: string, { requestBody }: Operation, asked: unknown): void {
  const schema = requestBody?.content['application/json']?.schema;
  if (schema && typeof asked === 'object') hold(`The body of ${name}`, schema, withoutNulls(asked));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(given.map(([name, member]) => [name, withoutNulls(member)]));
}

function hold(name: string, schema: object, value: unknown): void {
  const validate = validatorFor(name, schema);
  if (validate(value)) return;
  const wrong = validate.errors!.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(
    `${name} is not as ${FILE} says:\n${wrong.slice(0, 8).join('\n')}\n${JSON.stringify(value).slice(0, 600)}`,
  );
}

function read(): { document: Document; patterns: [RegExp, string][]; ajv: Ajv2020 } {
  const document = JSON.parse(readFileSync(FILE, 'utf8')) as Document;
  // The most literal first: `/revocations/export` is no id.
  const paths = Object.keys(document.paths).sort((one, other) => braces(one) - braces(other));
  const patterns = paths.map((path): [RegExp, string] => [
    new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    path,
  ]);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(document, 'document');
  return { document, patterns, ajv };
}

function braces(path: string): number {
  return path.split('{').length;
}

function validatorFor(name: string, schema: object): ValidateFunction {
  const found = compiled.get(name);
  if (found) return found;
  const absolute = JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components', '"document#/components'),
  ) as object;
  const validate = known!.ajv.compile(absolute);
  compiled.set(name, validate);
  return validate;
}
