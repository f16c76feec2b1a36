/** Holds every answer that a test gets from the API against the OpenAPI document: what it says is true, or a test fails. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>;
  components: { schemas: object; responses: Record<string, Response> };
}
type Response = { content?: Record<string, { schema: object }> } | { $ref: string };

export interface Answered {
  method: string;
  /** With its query. */
  path: string;
  status: number;
  body: unknown;
}

const FILE = 'docs/reference/openapi.json';

let known: { document: Document; patterns: [RegExp, string][]; ajv: Ajv2020 } | undefined;
const compiled = new Map<string, ValidateFunction>();

/** @throws when the document says of such a request something else than what came; a path that is nowhere is no route. */
export function holdAgainstDocument({ method, path, status, body }: Answered): void {
  const { document, patterns } = (known ??= read());
  const plain = path.split('?', 1)[0]!.replace(/\/+$/, '');
  const route = patterns.find(([pattern]) => pattern.test(plain))?.[1];
  const operation = route === undefined ? undefined : document.paths[route]![method.toLowerCase()];
  // What a method or a body is refused for before any route is asked, the error filter's own specs say.
  if (!operation || [405, 413, 414, 415].includes(status)) return;
  const name = `${method} ${route} ${status}`;
  const response = operation.responses[String(status)];
  if (!response) throw new Error(`${FILE} says nothing of ${name}`);
  const schema = schemaOf(document, response);
  if (schema === undefined) {
    if (body !== undefined) throw new Error(`${name} has a body, and ${FILE} says that it has none`);
    return;
  }
  const validate = validatorFor(name, schema);
  if (validate(body)) return;
  const wrong = validate.errors!.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  throw new Error(
    `${name} is not as ${FILE} says:\n${wrong.slice(0, 8).join('\n')}\n${JSON.stringify(body).slice(0, 600)}`,
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

function schemaOf(document: Document, response: Response): object | undefined {
  if ('$ref' in response)
    return schemaOf(document, document.components.responses[response.$ref.split('/').at(-1)!]!);
  return response.content?.['application/json']?.schema;
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
